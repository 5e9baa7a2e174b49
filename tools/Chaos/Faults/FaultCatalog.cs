using LastMile.Events.Chaos.Plan;

namespace LastMile.Events.Chaos.Faults;

/// <summary>Every kind of fault that a run can inject. Clock faults require libfaketime.</summary>
internal static class FaultCatalog
{
    // Longer than an agent waits before it reports a lost link or server (2 s), plus the time to detect the loss.
    private static readonly TimeSpan Noticed = TimeSpan.FromSeconds(5);

    public static IReadOnlyList<FaultKind> All { get; } =
    [
        .. ServiceFaults.ClocksCanBeWrong ? Clocks() : [],
        new("Invalidator killed", "invalidator", Targets.Invalidators, Seconds(1), Seconds(10), ServiceFaults.KillInvalidatorAsync),
        new("Invalidator frozen", "invalidator", Targets.Invalidators, Seconds(1), Seconds(15), ServiceFaults.FreezeInvalidatorAsync),
        new("agent killed", "agent", Targets.Regions, Seconds(1), Seconds(10), ServiceFaults.KillAgentAsync),
        new("agent frozen", "agent", Targets.Regions, Seconds(1), Seconds(15), ServiceFaults.FreezeAgentAsync),

        new("primary killed, back with its data", "primary", Targets.System, Seconds(1), Seconds(8), PrimaryFaults.RestartAsync),
        new("primary killed, back empty", "primary", Targets.System, Seconds(1), Seconds(8), PrimaryFaults.RestartEmptyAsync),
        new("primary failed over", "primary", Targets.System, Seconds(2), Seconds(10), PrimaryFaults.FailOverAsync),

        new("region's Redis killed", "redis", Targets.Regions, Seconds(1), Seconds(12), RegionFaults.KillAsync) { AlertAfter = Noticed },
        new("region's Redis frozen", "redis", Targets.Regions, Seconds(1), Seconds(12), RegionFaults.FreezeAsync) { AlertAfter = Noticed },
        new("region's Redis emptied", "redis", Targets.Regions, Seconds(1), Seconds(3), RegionFaults.EmptyAsync),
        new("region's Redis out of memory", "redis", Targets.Regions, Seconds(3), Seconds(12), RegionFaults.FillAsync),

        new("region resynced", "redis", Targets.Regions, Seconds(1), Seconds(3), RegionFaults.ResyncAsync),

        new("readers killed", "readers", Targets.Regions, Seconds(1), Seconds(5), ReaderFaults.KillAsync),
        new("readers stuttering", "readers", Targets.Regions, Seconds(3), Seconds(10), ReaderFaults.StutterAsync),
        new("readers' purge feeds killed", "feed", Targets.Regions, Seconds(1), Seconds(10), ReaderFaults.KillFeedsAsync),
        new("readers cut off", "reader link", Targets.Regions, Seconds(1), Seconds(12), ReaderFaults.CutAsync),
        new("readers' connections half open", "reader link", Targets.Regions, Seconds(1), Seconds(12), ReaderFaults.StallAsync),
        new("readers' connections slow", "reader link", Targets.Regions, Seconds(3), Seconds(12), ReaderFaults.SlowAsync),

        new("link cut", "link", Targets.Regions, Seconds(1), Seconds(15), LinkFaults.CutAsync) { AlertAfter = Noticed },
        new("link slow", "link", Targets.Regions, Seconds(3), Seconds(15), LinkFaults.SlowAsync),
        new("link flapping", "link", Targets.Regions, Seconds(3), Seconds(15), LinkFaults.FlapAsync),

        new("RabbitMQ killed", "rabbitmq", Targets.System, Seconds(1), Seconds(10), BrokerFaults.KillAsync),
        new("RabbitMQ restarted", "rabbitmq", Targets.System, Seconds(1), Seconds(3), BrokerFaults.RestartAsync),
        new("RabbitMQ blocks publishers", "rabbitmq", Targets.System, Seconds(3), Seconds(15), BrokerFaults.BlockAsync),
        new("region's queue deleted", "queue", Targets.Regions, Seconds(1), Seconds(3), BrokerFaults.DeleteQueueAsync),

        new("PostgreSQL killed", "postgres", Targets.System, Seconds(1), Seconds(5), PostgresFaults.KillAsync),
        new("PostgreSQL restarted", "postgres", Targets.System, Seconds(1), Seconds(5), PostgresFaults.RestartAsync),
        new("PostgreSQL's connections cut", "postgres", Targets.System, Seconds(1), Seconds(3), PostgresFaults.CutConnectionsAsync),
        new("stream's slot dropped", "postgres", Targets.System, Seconds(1), Seconds(3), PostgresFaults.DropSlotAsync),
        new("disk of the log full", "log", Targets.System, Seconds(2), Seconds(10), PostgresFaults.FillLogAsync),
        new("transaction left open", "transaction", Targets.System, Seconds(5), Seconds(60), PostgresFaults.LeaveOpenAsync),
    ];

    private static FaultKind[] Clocks() =>
    [
        new("Invalidator's clock wrong", "invalidator", Targets.Invalidators, Seconds(5), Seconds(15), ServiceFaults.ShiftInvalidatorAsync),
        new("agent's clock wrong", "agent", Targets.Regions, Seconds(5), Seconds(15), ServiceFaults.ShiftAgentAsync),
    ];

    private static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);
}
