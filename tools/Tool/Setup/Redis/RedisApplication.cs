using System.Globalization;

namespace LastMile.Events.Tool.Setup.Redis;

/// <summary>Applies a plan to a running server, in an order that locks no one out.</summary>
/// <param name="plan">The plan.</param>
/// <param name="consent">Asks before data is lost.</param>
/// <param name="report">Receives what was changed or found.</param>
internal sealed class RedisApplication(RedisServerPlan plan, EraseConsent consent, ChangeReport report)
{
    private const int OldestVersion = 7;
    private const int Shown = 3;

    private static readonly TimeSpan SyncDeadline = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>Whether users keep their earlier passwords beside the new ones.</summary>
    public bool KeepsOldPasswords { get; init; }

    /// <summary>Whether users that exist with other passwords get those of the installation.</summary>
    public bool ChangesPasswords { get; init; }

    /// <summary>Whether the user <c>default</c> is turned off even on a server that applications use already.</summary>
    public bool TurnsOffDefault { get; init; }

    /// <summary>Applies the plan.</summary>
    /// <param name="admin">A connection with every right.</param>
    /// <param name="cancellationToken">Cancels the wait for replication.</param>
    /// <exception cref="RefusedException">It is another server than intended, or the person did not agree to lose data.</exception>
    public async Task RunAsync(RedisAdmin admin, CancellationToken cancellationToken)
    {
        var info = await admin.InfoAsync();
        RejectOtherServer(admin, info);
        // Fails before any change if the server does not permit these commands.
        RejectOtherUsers(await admin.UsersAsync());
        await admin.SettingAsync("maxmemory-policy");
        if (MustAttach(info) && RedisAdmin.Keys(info) is > 0 and var keys)
        {
            consent.Require(
                plan.Name,
                admin.Address,
                keys,
                info.GetValueOrDefault("used_memory_human", "?"),
                Address(plan.ReplicaOf!),
                CurrentPrimary(info));
        }

        foreach (var user in plan.Users)
            await SetUserAsync(admin, user);
        // From here on as the operator: that proves its login before the default user is turned off.
        await using var operating = await admin.ConnectAsAsync(plan.Operator.Name, plan.Operator.Password);
        // The Redis of an independent region is the application's own.
        var isInUse = plan.IsIndependent || (RedisAdmin.Keys(info) > 0 && !MustAttach(info));
        await TurnDefaultOffAsync(operating, admin.ClientName, isInUse);
        var settings = new RedisSettingsApplication(plan, report);
        await (plan.IsIndependent ? settings.CheckAsync(operating) : settings.RunAsync(operating));
        await ReplicateAsync(operating, info, cancellationToken);
        await SaveAsync(operating, info);
    }

    private void RejectOtherServer(RedisAdmin admin, IReadOnlyDictionary<string, string> info)
    {
        var isReplica = info.GetValueOrDefault("role") == "slave";
        if (info.GetValueOrDefault("redis_mode") is ("cluster" or "sentinel") and var mode)
        {
            throw new RefusedException(
                $"The Redis at {admin.Address} runs in {mode} mode, and LastMile needs a standalone server. Nothing was changed.");
        }

        if (plan.ReplicaOf is { } primary && Address(primary) == admin.Address)
        {
            throw new RefusedException(
                $"{admin.Address} is the primary of the installation file, so it can't be region {plan.Name}. Nothing was changed.");
        }

        if (Version.TryParse(info.GetValueOrDefault("redis_version"), out var version) && version.Major < OldestVersion)
            throw new RefusedException($"The Redis at {admin.Address} is version {version}. LastMile needs {OldestVersion}.0 or later.");
        if (plan.ReplicaOf is not null && !isReplica && info.GetValueOrDefault("connected_slaves", "0") is not "0" and var replicas)
        {
            throw new RefusedException(
                $"The Redis at {admin.Address} has replicas ({replicas}), so it looks like the primary, not like region {plan.Name}. "
                + "Nothing was changed.");
        }

        if (!plan.IsRegion && isReplica && info.GetValueOrDefault("slave_read_only") == "0")
        {
            throw new RefusedException(
                $"The Redis at {admin.Address} is a writable replica, so it looks like a region, not like the primary or its standby. "
                + "Nothing was changed.");
        }
    }

    private void RejectOtherUsers(string[] lines)
    {
        if (KeepsOldPasswords || ChangesPasswords)
            return;
        foreach (var user in plan.Users)
        {
            var words = lines.Select(line => line.Split(' ')).FirstOrDefault(line => line[1] == user.Name) ?? [];
            if (words.Any(word => word == "nopass" || word.StartsWith('#')) && !words.Contains(user.Hash, StringComparer.Ordinal))
                throw RefusedException.OtherPassword($"The user {user.Name}");
        }
    }

    private bool MustAttach(IReadOnlyDictionary<string, string> info) =>
        plan.ReplicaOf is { } primary && CurrentPrimary(info) != Address(primary);

    private static string? CurrentPrimary(IReadOnlyDictionary<string, string> info) => info.GetValueOrDefault("role") == "slave"
        ? $"{info.GetValueOrDefault("master_host")}:{info.GetValueOrDefault("master_port")}"
        : null;

    private async Task SetUserAsync(RedisAdmin admin, RedisUserRules user)
    {
        var before = await LineAsync(admin, user.Name);
        string[] beginning = KeepsOldPasswords && before is not null
            ? ["resetkeys", "resetchannels", "clearselectors", "-@all"]
            : ["reset"];
        await admin.ExecuteAsync("ACL", ["SETUSER", user.Name, .. beginning, "on", user.Hash, .. user.Rules]);
        report.Add($"The user {user.Name} has its password and rights.", await LineAsync(admin, user.Name) != before);
    }

    // ACL SETUSER sets a flag that a file need not name; it is the default and matters only to RESTORE.
    private static async Task<string?> LineAsync(RedisAdmin admin, string user) =>
        (await admin.UsersAsync()).FirstOrDefault(line => line.StartsWith($"user {user} ", StringComparison.Ordinal))
            ?.Replace(" sanitize-payload ", " ", StringComparison.Ordinal);

    private async Task TurnDefaultOffAsync(RedisAdmin operating, string ownName, bool isInUse)
    {
        if (await LineAsync(operating, "default") is { } line && line.StartsWith("user default off ", StringComparison.Ordinal))
        {
            report.Add("The user default is off.", isChange: false);
            return;
        }

        if (isInUse && !TurnsOffDefault)
        {
            report.Leave("The user default is still on, because applications may log in as it. "
                + "Give them a user of their own, then run this command again with --turn-off-default.");
            return;
        }

        var clients = ((string?)await operating.ExecuteAsync("CLIENT", "LIST") ?? "").Split('\n')
            .Where(client => client.Contains(" user=default ", StringComparison.Ordinal)
                && !client.Contains($" name={ownName} ", StringComparison.Ordinal))
            .Select(client => client.Split(' ').First(field => field.StartsWith("addr=", StringComparison.Ordinal))["addr=".Length..])
            .ToList();
        if (clients.Count > 0)
        {
            var others = clients.Count > Shown ? $" and {clients.Count - Shown} more" : "";
            report.Leave("The user default is still on, because clients are logged in as it "
                + $"({string.Join(", ", clients.Take(Shown))}{others}). Give them a user of their own, then run this command again.");
            return;
        }

        await operating.ExecuteAsync("ACL", "SETUSER", "default", "off");
        report.Add("The user default is off.", isChange: true);
    }

    private async Task ReplicateAsync(RedisAdmin operating, IReadOnlyDictionary<string, string> info, CancellationToken cancellationToken)
    {
        if (plan.ReplicaOf is not { } primary)
        {
            if (plan.IsRegion && info.GetValueOrDefault("role") == "slave")
                report.Leave("The region is Independent, but its Redis is a replica. REPLICAOF NO ONE ends that and keeps its data.");
            return;
        }

        var attaches = MustAttach(info);
        if (attaches)
            await operating.ExecuteAsync("REPLICAOF", primary.Host, primary.Port.ToString(CultureInfo.InvariantCulture));
        report.Add($"It replicates from {Address(primary)}.", attaches);
        if (!await IsInSyncAsync(operating, cancellationToken))
        {
            report.Leave($"The link to {Address(primary)} is not up. Check that address from the region's Redis, "
                + "and that 'lastmile setup redis primary' was applied there.");
        }
    }

    private static async Task<bool> IsInSyncAsync(RedisAdmin operating, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(PollInterval);
        var started = TimeProvider.System.GetTimestamp();
        while ((await operating.InfoAsync()).GetValueOrDefault("master_link_status") != "up")
        {
            if (TimeProvider.System.GetElapsedTime(started) > SyncDeadline)
                return false;
            await timer.WaitForNextTickAsync(cancellationToken);
        }

        return true;
    }

    private async Task SaveAsync(RedisAdmin operating, IReadOnlyDictionary<string, string> info)
    {
        var hasFile = info.GetValueOrDefault("config_file") is { Length: > 0 };
        if (await operating.SettingAsync("aclfile") is { Length: > 0 })
            await operating.ExecuteAsync("ACL", "SAVE");
        if (hasFile)
            await operating.ExecuteAsync("CONFIG", "REWRITE");
        else
        {
            report.Leave("The server has no configuration file, so it forgets all this when it restarts. "
                + $"'lastmile setup redis {plan.Name} --output FOLDER' writes the files to start it with.");
        }
    }

    private static string Address(System.Net.DnsEndPoint server) => $"{server.Host}:{server.Port}";
}
