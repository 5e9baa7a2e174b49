using System.Globalization;

namespace LastMile.Events.Tool.Setup.Redis;

/// <summary>Applies the settings of a plan to a running server.</summary>
internal sealed class RedisSettingsApplication(RedisServerPlan plan, ChangeReport report)
{
    private const string MaxMemory = "maxmemory";
    private const string Eviction = "maxmemory-policy";

    // The network and the persistence of a running server are its operator's choice.
    private static readonly string[] Kept = ["bind", "protected-mode", "appendonly"];

    private static readonly (string Suffix, long Factor)[] Units = [("gb", 1L << 30), ("mb", 1L << 20), ("kb", 1L << 10)];

    /// <summary>Reports what a server that belongs to an application must change, and leaves its settings as they are.</summary>
    public async Task CheckAsync(RedisAdmin operating)
    {
        if (await operating.SettingAsync(MaxMemory) == "0")
            report.Leave("maxmemory is not limited. Set a limit, so that the cache can't take the machine's whole memory.");
        if (await operating.SettingAsync(Eviction) is { } policy && !policy.StartsWith("volatile-", StringComparison.Ordinal))
        {
            report.Leave($"{Eviction} is {policy}. Redis must evict keys, or it refuses purges when it is full, but not the keys under lm:, "
                + "which have no TTL. Give each cache entry a TTL, then set it to volatile-lru.");
        }
    }

    /// <summary>Applies the settings.</summary>
    public async Task RunAsync(RedisAdmin operating)
    {
        foreach (var setting in plan.Settings.Where(setting => !Kept.Contains(setting.Name, StringComparer.Ordinal)))
            await ApplyAsync(operating, setting);
        await SetAsync(operating, new("masteruser", plan.Replica.User), "The login to its primary is replica.");
        await SetAsync(operating, new("masterauth", plan.Replica.Password), "The password of that login is set.");
    }

    private async Task ApplyAsync(RedisAdmin operating, RedisDirective setting)
    {
        var current = await operating.SettingAsync(setting.Name) ?? "";
        if (setting.Name == MaxMemory && plan.MaxMemory is null)
        {
            if (current == "0")
                report.Leave("maxmemory is not limited. Choose a limit with --maxmemory, such as --maxmemory 2gb.");
            return;
        }

        // Other snapshots than the template's are as good, and so is a longer backlog.
        var suffices = setting.Name switch
        {
            "save" => current.Length > 0 || setting.Value.Length == 0,
            "repl-backlog-size" => Bytes(current) >= Bytes(setting.Value),
            _ => false,
        };
        if (!suffices)
            await SetAsync(operating, setting, $"{setting.Name} is {setting.Value}.");
    }

    private async Task SetAsync(RedisAdmin operating, RedisDirective setting, string subject)
    {
        var isChange = await operating.SettingAsync(setting.Name) is var current
            && current != setting.Value && (Bytes(current) is not { } bytes || bytes != Bytes(setting.Value));
        if (isChange)
            await operating.ExecuteAsync("CONFIG", "SET", setting.Name, setting.Value);
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
