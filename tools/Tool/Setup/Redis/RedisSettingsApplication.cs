using System.Globalization;

namespace LastMile.Events.Tool.Setup.Redis;

/// <summary>Applies the settings of a plan to a running server.</summary>
internal sealed class RedisSettingsApplication(RedisServerPlan plan, ChangeReport report)
{
    private const string MaxMemory = "maxmemory";
    private const string Eviction = "maxmemory-policy";

    // A running server keeps its operator's choice of network and persistence.
    private static readonly string[] Kept = ["bind", "protected-mode", "appendonly"];

    private static readonly (string Suffix, long Factor)[] Units = [("gb", 1L << 30), ("mb", 1L << 20), ("kb", 1L << 10)];

    /// <summary>Reports the settings that an operator must change on an application's server. Changes nothing.</summary>
    public async Task CheckAsync(RedisAdmin asOperator)
    {
        if (await asOperator.SettingAsync(MaxMemory) == "0")
            report.Leave("maxmemory is not limited. Set a limit, so that the cache can't take the machine's whole memory.");
        if (await asOperator.SettingAsync(Eviction) is { } policy && !policy.StartsWith("volatile-", StringComparison.Ordinal))
        {
            report.Leave($"{Eviction} is {policy}. Redis must evict keys, or it refuses purges when it is full. But it must not evict the "
                + "keys under lm:, which have no TTL. Make sure that each cache entry has a TTL, then set it to volatile-lru.");
        }
    }

    /// <summary>Applies the settings.</summary>
    public async Task RunAsync(RedisAdmin asOperator)
    {
        foreach (var setting in plan.Settings.Where(setting => !Kept.Contains(setting.Name, StringComparer.Ordinal)))
            await ApplyAsync(asOperator, setting);
        await SetReplicaLoginAsync(asOperator);
    }

    /// <summary>Sets the user and password as which the server logs in to its primary.</summary>
    public async Task SetReplicaLoginAsync(RedisAdmin asOperator)
    {
        await SetAsync(asOperator, new("masteruser", plan.Replica.User), "masteruser is replica.");
        await SetAsync(asOperator, new("masterauth", plan.Replica.Password), "masterauth is the password of replica.");
    }

    private async Task ApplyAsync(RedisAdmin asOperator, RedisDirective setting)
    {
        var current = await asOperator.SettingAsync(setting.Name) ?? "";
        if (setting.Name == MaxMemory && plan.MaxMemory is null)
        {
            if (current == "0")
                report.Leave("maxmemory is not limited. Set a limit with --maxmemory, such as --maxmemory 2gb.");
            return;
        }

        // Any snapshots suffice, and so does a larger backlog than the template's.
        var suffices = setting.Name switch
        {
            "save" => current.Length > 0 || setting.Value.Length == 0,
            "repl-backlog-size" => Bytes(current) >= Bytes(setting.Value),
            _ => false,
        };
        if (!suffices)
            await SetAsync(asOperator, setting, $"{setting.Name} is {setting.Value}.");
    }

    private async Task SetAsync(RedisAdmin asOperator, RedisDirective setting, string subject)
    {
        var isChange = await asOperator.SettingAsync(setting.Name) is var current
            && current != setting.Value && (Bytes(current) is not { } bytes || bytes != Bytes(setting.Value));
        if (isChange)
            await asOperator.ExecuteAsync("CONFIG", "SET", setting.Name, setting.Value);
        report.Add(subject, isChange);
    }

    private static long? Bytes(string? text)
    {
        var (digits, factor) = (text ?? "", 1L);
        if (Units.FirstOrDefault(unit => digits.EndsWith(unit.Suffix, StringComparison.OrdinalIgnoreCase)) is { Factor: > 0 } used)
            (digits, factor) = (digits[..^2], used.Factor);
        return long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number * factor : null;
    }
}
