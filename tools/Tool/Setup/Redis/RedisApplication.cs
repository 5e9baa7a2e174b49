using System.Globalization;

namespace LastMile.Events.Tool.Setup.Redis;

/// <summary>Applies a plan to a running server. It turns the user default off only after the operator's login works.</summary>
/// <param name="plan">The plan.</param>
/// <param name="consent">Requires the operator's consent before data is lost.</param>
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
    /// <exception cref="RefusedException">The server is not the intended one, or the operator did not consent to lose data.</exception>
    public async Task RunAsync(RedisAdmin admin, CancellationToken cancellationToken)
    {
        var info = await admin.InfoAsync();
        RejectOtherServer(admin, info);
        // If the server does not permit these commands, fail before any change.
        RejectOtherUsers(await admin.UsersAsync());
        await admin.SettingAsync("maxmemory-policy");
        if (MustBecomeReplica(info) && RedisAdmin.Keys(info) is > 0 and var keys)
        {
            await consent.RequireAsync(
                plan.Name,
                admin.Address,
                keys,
                info.GetValueOrDefault("used_memory_human", "?"),
                Address(plan.ReplicaOf!),
                CurrentPrimary(info),
                cancellationToken);
        }

        foreach (var user in plan.Users)
            await SetUserAsync(admin, user);
        // This login proves that the operator can log in before the default user is turned off.
        await using var asOperator = await admin.ConnectAsAsync(plan.Operator.Name, plan.Operator.Password);
        // The Redis of an independent region is the application's own.
        var isInUse = plan.IsIndependent || (RedisAdmin.Keys(info) > 0 && !MustBecomeReplica(info));
        await TurnDefaultOffAsync(asOperator, admin.ClientName, isInUse);
        var settings = new RedisSettingsApplication(plan, report);
        await (plan.IsIndependent ? settings.CheckAsync(asOperator) : settings.RunAsync(asOperator));
        await ReplicateAsync(asOperator, info, cancellationToken);
        await SaveAsync(asOperator, info);
    }

    private void RejectOtherServer(RedisAdmin admin, IReadOnlyDictionary<string, string> info)
    {
        var isReplica = info.GetValueOrDefault("role") == "slave";
        if (info.GetValueOrDefault("redis_mode") is ("cluster" or "sentinel") and var mode)
        {
            throw new RefusedException(
                mode == "cluster" && plan.IsIndependent
                    ? $"The Redis at {admin.Address} is a node of a cluster, and this command sets up a single server. Create the users of "
                        + "deploy/redis-region.acl on each node by hand. Nothing was changed."
                    : $"The Redis at {admin.Address} runs in {mode} mode, and LastMile needs a standalone server there. "
                        + "Nothing was changed.");
        }

        if (plan.ReplicaOf is { } primary && Address(primary) == admin.Address)
        {
            throw new RefusedException(
                $"{admin.Address} is the primary of the installation file, so it can't be region {plan.Name}. Nothing was changed.");
        }

        if (Version.TryParse(info.GetValueOrDefault("redis_version"), out var version) && version.Major < OldestVersion)
        {
            throw new RefusedException(
                $"The Redis at {admin.Address} is version {version}. Upgrade it: LastMile needs {OldestVersion}.0 or later.");
        }

        if (plan.ReplicaOf is not null && !isReplica && info.GetValueOrDefault("connected_slaves", "0") is not "0" and var replicas)
        {
            throw new RefusedException(
                $"The Redis at {admin.Address} has replicas ({replicas}), so it looks like the primary, not like region {plan.Name}. "
                + "Check the address in --admin. Nothing was changed.");
        }

        if (!plan.IsRegion && isReplica && info.GetValueOrDefault("slave_read_only") == "0")
        {
            throw new RefusedException(
                $"The Redis at {admin.Address} is a writable replica, so it looks like a region, not like the primary or its standby. "
                + "Check the address in --admin. Nothing was changed.");
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

    private bool MustBecomeReplica(IReadOnlyDictionary<string, string> info) =>
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

    // ACL SETUSER adds this flag, which is the default; a file may omit it.
    private static async Task<string?> LineAsync(RedisAdmin admin, string user) =>
        (await admin.UsersAsync()).FirstOrDefault(line => line.StartsWith($"user {user} ", StringComparison.Ordinal))
            ?.Replace(" sanitize-payload ", " ", StringComparison.Ordinal);

    private async Task TurnDefaultOffAsync(RedisAdmin asOperator, string ownName, bool isInUse)
    {
        if (await LineAsync(asOperator, "default") is { } line && line.StartsWith("user default off ", StringComparison.Ordinal))
        {
            report.Add("The user default is off.", isChange: false);
            return;
        }

        if (isInUse && !TurnsOffDefault)
        {
            report.Leave("The user default is still on, because applications may log in as it. "
                + "Change their logins, then run this command again with --turn-off-default.");
            return;
        }

        var clients = ((string?)await asOperator.ExecuteAsync("CLIENT", "LIST") ?? "").Split('\n')
            .Where(client => client.Contains(" user=default ", StringComparison.Ordinal)
                && !client.Contains($" name={ownName} ", StringComparison.Ordinal))
            .Select(client => client.Split(' ').First(field => field.StartsWith("addr=", StringComparison.Ordinal))["addr=".Length..])
            .ToList();
        if (clients.Count > 0)
        {
            var others = clients.Count > Shown ? $" and {clients.Count - Shown} more" : "";
            report.Leave("The user default is still on, because clients are logged in as it "
                + $"({string.Join(", ", clients.Take(Shown))}{others}). Change their logins, then run this command again.");
            return;
        }

        await asOperator.ExecuteAsync("ACL", "SETUSER", "default", "off");
        report.Add("The user default is off.", isChange: true);
    }

    private async Task ReplicateAsync(RedisAdmin asOperator, IReadOnlyDictionary<string, string> info, CancellationToken cancellationToken)
    {
        if (plan.ReplicaOf is not { } primary)
        {
            if (plan.IsRegion && info.GetValueOrDefault("role") == "slave")
                report.Leave("The region is Independent, but its Redis is a replica. Run REPLICAOF NO ONE, which keeps its data.");
            return;
        }

        var becomesReplica = MustBecomeReplica(info);
        if (becomesReplica)
            await asOperator.ExecuteAsync("REPLICAOF", primary.Host, primary.Port.ToString(CultureInfo.InvariantCulture));
        report.Add($"The server replicates from {Address(primary)}.", becomesReplica);
        if (!await IsInSyncAsync(asOperator, cancellationToken))
        {
            report.Leave($"The link to {Address(primary)} is not up. Check that address from the region's Redis, "
                + "and that 'lastmile setup redis primary' was applied there.");
        }
    }

    private static async Task<bool> IsInSyncAsync(RedisAdmin asOperator, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(PollInterval);
        var started = TimeProvider.System.GetTimestamp();
        while ((await asOperator.InfoAsync()).GetValueOrDefault("master_link_status") != "up")
        {
            if (TimeProvider.System.GetElapsedTime(started) > SyncDeadline)
                return false;
            await timer.WaitForNextTickAsync(cancellationToken);
        }

        return true;
    }

    private async Task SaveAsync(RedisAdmin asOperator, IReadOnlyDictionary<string, string> info)
    {
        var hasFile = info.GetValueOrDefault("config_file") is { Length: > 0 };
        if (await asOperator.SettingAsync("aclfile") is { Length: > 0 })
            await asOperator.ExecuteAsync("ACL", "SAVE");
        if (hasFile)
            await asOperator.ExecuteAsync("CONFIG", "REWRITE");
        else
        {
            report.Leave("The server has no configuration file, so it loses these changes when it restarts. "
                + $"Start it with the files that 'lastmile setup redis {plan.Name} --output FOLDER' writes.");
        }
    }

    private static string Address(System.Net.DnsEndPoint server) => $"{server.Host}:{server.Port}";
}
