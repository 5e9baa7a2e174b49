using LastMile.Events.Redis;
using LastMile.Events.Tool.Doctor.Facts;

namespace LastMile.Events.Tool.Doctor.Checks;

/// <summary>A region, and what it is compared with.</summary>
/// <param name="Region">The region.</param>
/// <param name="All">The installation.</param>
internal sealed record RegionInInstallation(RegionFacts Region, InstallationFacts All);

/// <summary>Checks of a region's Redis.</summary>
internal static class RegionChecks
{
    private const int ManyKeys = 10;

    /// <summary>The checks.</summary>
    public static IReadOnlyList<Check<RegionInInstallation>> All { get; } =
    [
        new("region.role", it => Judgement.Of(it.Region.Redis.Info, info => Role(it.Region, info))),
        new("region.primary", it => OnReplica(it, info => info.LinkUp, info => OtherPrimary(it, info))),
        new("region.link", it => OnReplica(it, _ => true, info => info.LinkUp ? null : Finding.Error(
            info.Text("master_sync_in_progress") == "1"
                ? "A full resync is running."
                : $"The link to {info.PrimaryAddress} is down{Since(info)}.",
            "Purges arrive late: the agent drops the keys itself, as long as it receives purges from the bus.",
            "Check that the replica reaches the primary, and its masteruser and masterauth (user replica in deploy/redis-primary.acl): "
                + "its log names the reason."))),
        new("region.writable", it => OnReplica(it, _ => true, info => Writable(it.Region, info))),
        new("region.priority", it => OnReplica(it, _ => true, info => info.Number("slave_priority") == 0 ? null : Finding.Warning(
            $"replica-priority is {info.Text("slave_priority")}.",
            "Sentinel may promote it: all other regions would then become copies of this region's cache.",
            "CONFIG SET replica-priority 0, and the same in redis.conf."))),
        new("region.eviction", it => OfItsOwn(it, info => Eviction(it.Region.Redis, info))),
        new("region.memory", it => OfItsOwn(it, info => info.MaxMemory > 0 ? null : Finding.Warning(
            "maxmemory is not set.",
            "The cache grows until the machine has no memory left.",
            "CONFIG SET maxmemory 512mb, and the same in redis.conf."))),
        new("region.ignore-maxmemory", it => it.Region.Replicates
            ? Judgement.Of(it.Region.Redis.Config, config => IgnoresMaxMemory(it.Region, config["replica-ignore-maxmemory"] == "yes"))
            : Judgement.Skip("The region is independent.")),
        new("region.database", it => it.Region.Replicates && it.All.Postgres.Identity.Missing is null
            ? Judgement.Of(it.Region.Redis.Database, database => database is null || database == it.All.Postgres.Identity.Value
                ? null
                : Finding.Error(
                    $"The region holds the purges of database {database}, and this database is {it.All.Postgres.Identity.Value}.",
                    "It receives the purges of another database, and none of this one.",
                    "Make it a replica of this installation's primary: REPLICAOF <host> <port>, and the same in redis.conf."))
            : Judgement.Skip("The identity of the database is unknown, or the region is independent.")),
        new("region.behind", it => Judgement.Of(it.Region.Redis.Behind, behind => behind == 0 ? null : Finding.Error(
            $"The region lacks {behind:N0} purges that the primary made more than two seconds ago.",
            "It may serve stale entries.",
            "Check the link and the agent: its /status shows the verdict and the lag, and docs/verdicts.md what to do."))),
        new("region.sound", it => Judgement.Of(it.Region.Redis.IsSound, sound => sound ? null : Finding.Error(
            $"The marker {new RedisKeys(it.Region.Redis.KeyPrefix, it.All.Settings.Lineage).Sound} is missing.",
            "Applications don't use the region's cache: no agent runs, or its region is behind.",
            $"Start the agent of region {it.Region.Name}, or follow the verdict in its /status."))),
        new("region.nodes", it => it.Region.Cluster is { } cluster
            ? Judgement.On(cluster, nodes => Judgement.Of(Nodes(nodes)))
            : Judgement.Of()),
        new("region.log", it => it.Region.Log is not { } log
            ? it.Region.Replicates ? Judgement.Of() : Judgement.Skip("The file has no Log for the region.")
            : Judgement.Of((log.Missing ?? log.Value) is not { } reason ? null : Finding.Error(
                $"The purge log does not answer the agent: {reason}",
                "While RabbitMQ is away, an independent region receives no purges.",
                $"Check Regions:{it.Region.Name}:Log, and that the Invalidators have its key with scope log (Api:Keys)."))),
        new("region.ttl", it => Judgement.Of(it.Region.Redis.KeysWithoutTtl, count => count < ManyKeys ? null : Finding.Warning(
            $"{count:N0} cache entries have no time to live.",
            "volatile-lru can't evict them, and an entry that outlives its tag's generation may become valid again.",
            "Write every entry with a TTL of at most Invalidator:LongestEntryLifetime, and never PERSIST one."))),
    ];

    // The primary evicts the entries of a read-only region, and the replica copies that.
    private static Judgement OfItsOwn(RegionInInstallation it, Func<RedisInfo, Finding?> judge) => it.Region.Settings.IsReadOnly
        ? Judgement.Skip("The primary evicts the entries of a read-only region.")
        : Judgement.Of(it.Region.Redis.Info, judge);

    /// <summary>The checks of each node of a region's cluster, in addition to those of its user.</summary>
    public static IReadOnlyList<Check<RegionInInstallation>> OfNode { get; } =
        [.. All.Where(check => check.Id is "region.eviction" or "region.memory")];

    private static IEnumerable<Finding> Nodes(ClusterFacts cluster)
    {
        if (cluster.UnservedSlots > 0)
        {
            yield return Finding.Error(
                $"No node serves {cluster.UnservedSlots:N0} of the cluster's hash slots.",
                "Purges of their keys wait, and readers load their entries from the database.",
                "Start the failed node, or run CLUSTER FAILOVER TAKEOVER on its replica.");
        }

        foreach (var address in cluster.Failed)
        {
            yield return Finding.Warning(
                $"The node {address} of the cluster has failed.",
                "Its slots have one copy less.",
                "Start it again, or remove it: CLUSTER FORGET on every other node.");
        }
    }

    private static Judgement OnReplica(RegionInInstallation it, Func<RedisInfo, bool> applies, Func<RedisInfo, Finding?> judge) =>
        Judgement.On(it.Region.Redis.Info, info => it.Region.Replicates && !info.IsPrimary && applies(info)
            ? Judgement.Of(judge(info))
            : Judgement.Skip(it.Region.Replicates ? "The server does not replicate." : "The region is independent."));

    private static Finding? Writable(RegionFacts region, RedisInfo info) =>
        (region.IsWritableReplica, info.Text("slave_read_only") == "1") switch
        {
            (true, true) => Finding.Error(
                "The replica is read-only.",
                "Applications can't fill their cache, and the agent can't repair it.",
                "CONFIG SET replica-read-only no, and the same in redis.conf; or set Region:Topology to ReadOnly."),
            (false, false) => Finding.Warning(
                "The replica accepts writes.",
                "The agent does not purge what is written there and not at the primary.",
                "CONFIG SET replica-read-only yes, and the same in redis.conf; or set Region:Topology to Replicated."),
            _ => null,
        };

    private static Finding? IgnoresMaxMemory(RegionFacts region, bool ignores) => (region.IsWritableReplica, ignores) switch
    {
        (true, true) => Finding.Error(
            "replica-ignore-maxmemory is yes.",
            "The replica evicts nothing and grows beyond maxmemory, until the machine has no memory left.",
            "CONFIG SET replica-ignore-maxmemory no, and the same in redis.conf."),
        (false, false) => Finding.Warning(
            "replica-ignore-maxmemory is no.",
            "The replica evicts entries that the primary holds, so readers ask the primary more often.",
            "CONFIG SET replica-ignore-maxmemory yes, and the same in redis.conf."),
        _ => null,
    };

    private static Finding? Role(RegionFacts region, RedisInfo info) => (region.Replicates, info.IsPrimary) switch
    {
        (true, true) => Finding.Error(
            $"The region is {region.Settings.Topology}, and its Redis does not replicate.",
            "No purge reaches it by replication.",
            "REPLICAOF <primary host> <port>, which empties the server, and the same in redis.conf; "
                + "or set Region:Topology to Independent."),
        (false, false) => Finding.Error(
            $"The region is Independent, and its Redis is a replica of {info.PrimaryAddress}.",
            "Replication may bring back keys that the agent purged.",
            "REPLICAOF NO ONE, and remove replicaof from redis.conf; or set Region:Topology to Replicated."),
        _ => null,
    };

    private static Finding? OtherPrimary(RegionInInstallation it, RedisInfo info) =>
        it.All.PrimaryOrNone?.Info is { Missing: null, Value: { IsPrimary: true } primary }
        && primary.Text("master_replid") != info.Text("master_replid")
            ? Finding.Error(
                $"The replica follows {info.PrimaryAddress}, which is not the primary of the Invalidator.",
                "No purge of this installation reaches it by replication.",
                "REPLICAOF <host> <port of the primary>, and the same in redis.conf.")
            : null;

    private static Finding? Eviction(RedisFacts redis, RedisInfo info) => info.Policy switch
    {
        var policy when policy.StartsWith("allkeys-", StringComparison.Ordinal) => Finding.Error(
            $"maxmemory-policy is {policy}.",
            $"The server may evict tag generations ({redis.KeyPrefix}*:tag:*), which makes entries of an older generation valid again.",
            "CONFIG SET maxmemory-policy volatile-lru, the same in redis.conf, and a TTL for every entry."),
        "noeviction" => Finding.Warning(
            "maxmemory-policy is noeviction.",
            "A full region refuses purges and new entries.",
            "CONFIG SET maxmemory-policy volatile-lru, and the same in redis.conf."),
        _ => null,
    };

    private static string Since(RedisInfo info) =>
        info.Number("master_link_down_since_seconds") is > 0 and var seconds ? $" since {seconds:N0} s" : "";
}
