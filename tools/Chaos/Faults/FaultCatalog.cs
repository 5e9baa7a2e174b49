using LastMile.Events.Chaos.Plan;
using LastMile.Events.Fabric;

namespace LastMile.Events.Chaos.Faults;

/// <summary>Every kind of fault that a run can inject. Clock faults require libfaketime.</summary>
internal static class FaultCatalog
{
    private const string Primary = "primary";

    // Longer than an agent waits before it reports a lost link or server (2 s), plus the time to detect the loss.
    private static readonly TimeSpan Noticed = TimeSpan.FromSeconds(5);

    public static IReadOnlyList<FaultKind> All { get; } =
    [
        .. ServiceFaults.ClocksCanBeWrong ? Clocks() : [],
        new("Invalidator killed", "invalidator", Targets.Invalidators, Seconds(1), Seconds(10), ServiceFaults.KillInvalidatorAsync)
        { Away = Absence.Purging },
        new("Invalidator frozen", "invalidator", Targets.Invalidators, Seconds(1), Seconds(15), ServiceFaults.FreezeInvalidatorAsync)
        { Away = Absence.Purging },
        new("agent killed", "agent", Targets.Regions, Seconds(1), Seconds(10), ServiceFaults.KillAgentAsync) { Away = Absence.Agent },
        new("agent frozen", "agent", Targets.Regions, Seconds(1), Seconds(15), ServiceFaults.FreezeAgentAsync) { Away = Absence.Agent },

        new("primary killed, back with its data", Primary, Targets.System, Seconds(1), Seconds(8), PrimaryFaults.RestartAsync)
        { Away = Absence.Purging },
        new("primary killed, back empty", Primary, Targets.System, Seconds(1), Seconds(8), PrimaryFaults.RestartEmptyAsync)
        { Away = Absence.Purging },
        new("primary failed over", Primary, Targets.System, Seconds(2), Seconds(10), PrimaryFaults.FailOverAsync)
        { Away = Absence.Purging },

        new("region's Redis killed", "redis", Targets.Regions, Seconds(1), Seconds(12), RegionFaults.KillAsync)
        { AlertAfter = Noticed, Away = Absence.Agent },
        new("region's Redis frozen", "redis", Targets.Regions, Seconds(1), Seconds(12), RegionFaults.FreezeAsync)
        { AlertAfter = Noticed, Away = Absence.Agent },
        new("region's Redis emptied", "redis", Targets.Regions, Seconds(1), Seconds(3), RegionFaults.EmptyAsync),
        new("region's Redis out of memory", "redis", Targets.Regions, Seconds(3), Seconds(12), RegionFaults.FillAsync),

        new("region resynced", "redis", Targets.Regions, Seconds(1), Seconds(3), RegionFaults.ResyncAsync),

        new("readers killed", "readers", Targets.Regions, Seconds(1), Seconds(5), ReaderFaults.KillAsync),
        new("readers stuttering", "readers", Targets.Regions, Seconds(3), Seconds(10), ReaderFaults.StutterAsync),
        new("readers' purge feeds killed", "feed", Targets.Regions, Seconds(1), Seconds(10), ReaderFaults.KillFeedsAsync),
        new("readers cut off", "reader link", Targets.Regions, Seconds(1), Seconds(12), ReaderFaults.CutAsync),
        new("readers' connections half open", "reader link", Targets.Regions, Seconds(1), Seconds(12), ReaderFaults.StallAsync),
        new("readers' connections slow", "reader link", Targets.Regions, Seconds(3), Seconds(12), ReaderFaults.SlowAsync),

        new("link cut", "link", Targets.Regions, Seconds(1), Seconds(15), LinkFaults.CutAsync)
        { AlertAfter = Noticed, Away = Absence.Agent },
        new("link slow", "link", Targets.Regions, Seconds(3), Seconds(15), LinkFaults.SlowAsync),
        new("link flapping", "link", Targets.Regions, Seconds(3), Seconds(15), LinkFaults.FlapAsync) { Away = Absence.Agent },

        new("RabbitMQ killed", "rabbitmq", Targets.System, Seconds(1), Seconds(10), BrokerFaults.KillAsync) { Away = Absence.Bus },
        new("RabbitMQ restarted", "rabbitmq", Targets.System, Seconds(1), Seconds(3), BrokerFaults.RestartAsync) { Away = Absence.Bus },
        new("RabbitMQ blocks publishers", "rabbitmq", Targets.System, Seconds(3), Seconds(15), BrokerFaults.BlockAsync)
        { Away = Absence.Bus },
        new("region's queue deleted", "queue", Targets.Regions, Seconds(1), Seconds(3), BrokerFaults.DeleteQueueAsync),

        new("PostgreSQL killed", "postgres", Targets.System, Seconds(1), Seconds(5), PostgresFaults.KillAsync) { Away = Absence.Purging },
        new("PostgreSQL restarted", "postgres", Targets.System, Seconds(1), Seconds(5), PostgresFaults.RestartAsync)
        { Away = Absence.Purging },
        new("PostgreSQL's connections cut", "postgres", Targets.System, Seconds(1), Seconds(3), PostgresFaults.CutConnectionsAsync)
        { Away = Absence.Purging },
        new("stream's slot dropped", "postgres", Targets.System, Seconds(1), Seconds(3), PostgresFaults.DropSlotAsync),
        new("disk of the log full", "log", Targets.System, Seconds(2), Seconds(10), PostgresFaults.FillLogAsync) { Away = Absence.Purging },
        new("transaction left open", "transaction", Targets.System, Seconds(5), Seconds(60), PostgresFaults.LeaveOpenAsync),
    ];

    /// <summary>Every kind of fault of any topology.</summary>
    public static IReadOnlyList<FaultKind> OfAnyTopology { get; } = [.. All, .. OfTheLog(), .. OfAManagedEndpoint(), .. OfACluster()];

    /// <summary>Returns the kinds of fault of regions with a kind of server.</summary>
    /// <param name="server">The server of the independent regions; null if all regions are replicated.</param>
    /// <param name="hasPrimary">Whether there is a Redis primary.</param>
    public static IReadOnlyList<FaultKind> Of(RegionServer? server, bool hasPrimary) =>
        [.. Of(server).Where(kind => hasPrimary || kind.Part != Primary)];

    private static IReadOnlyList<FaultKind> Of(RegionServer? server) => server switch
    {
        null => All,
        RegionServer.Cluster => [.. All.Where(kind => kind.Part != "reader link"), .. OfTheLog(), .. OfACluster()],
        RegionServer.Managed => [.. All, .. OfTheLog(), .. OfAManagedEndpoint()],
        // It has no limit of memory to set while it runs, and can't close connections by their type.
        RegionServer.Garnet => [.. All.Where(kind => kind.Name is not ("region's Redis out of memory" or "readers' purge feeds killed")),
            .. OfTheLog()],
        _ => [.. All, .. OfTheLog()],
    };

    private static FaultKind[] OfTheLog() =>
    [
        new("purge log unreachable", "log api", Targets.System, Seconds(1), Seconds(10), LinkFaults.CutLogAsync) { Away = Absence.Log },
    ];

    private static FaultKind[] OfAManagedEndpoint() =>
    [
        new("endpoint's node replaced", "redis", Targets.Regions, Seconds(1), Seconds(8), RegionFaults.ReplaceNodeAsync)
            { Away = Absence.Agent },
    ];

    private static FaultKind[] OfACluster() =>
    [
        new("node killed", "redis", Targets.Regions, Seconds(1), Seconds(12), ClusterFaults.KillAsync) { Away = Absence.Agent },
        new("node killed, its replica behind", "redis", Targets.Regions, Seconds(1), Seconds(12), ClusterFaults.KillUnreplicatedAsync)
            { Away = Absence.Agent },
        new("node restarted empty", "redis", Targets.Regions, Seconds(1), Seconds(3), ClusterFaults.RestartEmptyAsync)
            { Away = Absence.Agent },
        new("node failed over", "redis", Targets.Regions, Seconds(1), Seconds(3), ClusterFaults.FailOverAsync),
        new("node frozen", "redis", Targets.Regions, Seconds(1), Seconds(12), ClusterFaults.FreezeAsync) { Away = Absence.Agent },
        new("node's replica killed", "redis", Targets.Regions, Seconds(1), Seconds(12), ClusterFaults.KillReplicaAsync),
        new("slots moved", "redis", Targets.Regions, Seconds(2), Seconds(12), ClusterFaults.MoveSlotsAsync),
    ];

    private static FaultKind[] Clocks() =>
    [
        new("Invalidator's clock wrong", "invalidator", Targets.Invalidators, Seconds(5), Seconds(15), ServiceFaults.ShiftInvalidatorAsync)
        { Away = Absence.Purging },
        new("agent's clock wrong", "agent", Targets.Regions, Seconds(5), Seconds(15), ServiceFaults.ShiftAgentAsync),
    ];

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);
}
