using System.Globalization;

namespace LastMile.Events.Tool.Setup.Redis;

/// <summary>
/// Applies a plan to a running server, or to each node of an independent region's cluster. It turns the user default off only after the
/// operator's login works.
/// </summary>
/// <param name="plan">The plan.</param>
/// <param name="users">Applies the users of the plan.</param>
/// <param name="consent">Requires the operator's consent before data is lost.</param>
/// <param name="report">Receives what was changed or found.</param>
internal sealed class RedisApplication(
    RedisServerPlan plan, RedisUsersApplication users, EraseConsent consent, ChangeReport report)
{
    private const int OldestVersion = 7;
    private const string Cluster = "cluster";

    private static readonly TimeSpan SyncDeadline = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);

    /// <summary>Applies the plan.</summary>
    /// <param name="admin">A connection with every right.</param>
    /// <param name="cancellationToken">Cancels the wait for replication.</param>
    /// <exception cref="RefusedException">The server is not the intended one, or the operator did not consent to lose data.</exception>
    public async Task RunAsync(RedisAdmin admin, CancellationToken cancellationToken)
    {
        var info = await admin.InfoAsync();
        if (plan.IsIndependent && info.GetValueOrDefault("redis_mode") == Cluster)
        {
            await RunOnNodesAsync(admin);
            return;
        }

        RejectOtherServer(admin, info);
        // If the server does not permit these commands, fail before any change.
        await users.RejectOthersAsync(admin);
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

        await users.ApplyAsync(admin);
        // This login proves that the operator can log in before the default user is turned off.
        await using var asOperator = await admin.ConnectAsAsync(plan.Operator.Name, plan.Operator.Password);
        // The Redis of an independent region is the application's own.
        var isInUse = plan.IsIndependent || (RedisAdmin.Keys(info) > 0 && !MustBecomeReplica(info));
        await users.TurnDefaultOffAsync(asOperator, admin.ClientName, isInUse);
        var settings = new RedisSettingsApplication(plan, report);
        await (plan.IsIndependent ? settings.CheckAsync(asOperator) : settings.RunAsync(asOperator));
        await ReplicateAsync(asOperator, info, cancellationToken);
        await SaveAsync(asOperator, info);
    }

    // Redis replicates no users within a cluster, so each node gets them before the user default is turned off on any node.
    private async Task RunOnNodesAsync(RedisAdmin admin)
    {
        var nodes = await admin.ConnectToNodesAsync();
        try
        {
            foreach (var node in nodes)
            {
                RejectOldServer(node, await node.InfoAsync());
                await users.RejectOthersAsync(node);
                await node.SettingAsync("maxmemory-policy");
            }

            await OnEachAsync(nodes, users.ApplyAsync);
            await OnEachAsync(nodes, async node =>
            {
                await using var asOperator = await node.ConnectAsAsync(plan.Operator.Name, plan.Operator.Password);
                // Replicas that log in as default would lose their primary.
                if (users.TurnsOffDefault)
                    await new RedisSettingsApplication(plan, report).SetReplicaLoginAsync(asOperator);
            });
            await OnEachAsync(nodes, async node =>
            {
                await using var asOperator = await node.ConnectAsAsync(plan.Operator.Name, plan.Operator.Password);
                await users.TurnDefaultOffAsync(asOperator, node.ClientName, isInUse: true);
                await new RedisSettingsApplication(plan, report).CheckAsync(asOperator);
                await SaveAsync(asOperator, await asOperator.InfoAsync());
            });
        }
        finally
        {
            foreach (var node in nodes)
                await node.DisposeAsync();
        }
    }

    private async Task OnEachAsync(IReadOnlyList<RedisAdmin> nodes, Func<RedisAdmin, Task> apply)
    {
        foreach (var node in nodes)
        {
            report.Server = node.Address;
            await apply(node);
        }

        report.Server = "";
    }

    private void RejectOtherServer(RedisAdmin admin, IReadOnlyDictionary<string, string> info)
    {
        var isReplica = info.GetValueOrDefault("role") == "slave";
        if (info.GetValueOrDefault("redis_mode") is (Cluster or "sentinel") and var mode)
        {
            throw new RefusedException(
                $"The Redis at {admin.Address} runs in {mode} mode, and LastMile needs a standalone server there. Nothing was changed.");
        }

        if (plan.ReplicaOf is { } primary && Address(primary) == admin.Address)
        {
            throw new RefusedException(
                $"{admin.Address} is the primary of the installation file, so it can't be region {plan.Name}. Nothing was changed.");
        }

        RejectOldServer(admin, info);
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

    private static void RejectOldServer(RedisAdmin admin, IReadOnlyDictionary<string, string> info)
    {
        if (Version.TryParse(info.GetValueOrDefault("redis_version"), out var version) && version.Major < OldestVersion)
        {
            throw new RefusedException(
                $"The Redis at {admin.Address} is version {version}. Upgrade it: LastMile needs {OldestVersion}.0 or later.");
        }
    }

    private bool MustBecomeReplica(IReadOnlyDictionary<string, string> info) =>
        plan.ReplicaOf is { } primary && CurrentPrimary(info) != Address(primary);

    private static string? CurrentPrimary(IReadOnlyDictionary<string, string> info) => info.GetValueOrDefault("role") == "slave"
        ? $"{info.GetValueOrDefault("master_host")}:{info.GetValueOrDefault("master_port")}"
        : null;

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
