using LastMile.Events.Hosting;
using LastMile.Events.RegionAgent.Alerts;
using LastMile.Events.RegionAgent.Bus;
using LastMile.Events.RegionAgent.Configuration;
using LastMile.Events.RegionAgent.Leadership;
using LastMile.Events.RegionAgent.Ledger;
using LastMile.Events.RegionAgent.Monitoring;
using LastMile.Events.RegionAgent.Observed;
using LastMile.Events.RegionAgent.Repair;
using LastMile.Events.RegionAgent.Status;
using LastMile.Events.RegionAgent.Telemetry;
using LastMile.Events.RegionAgent.Topologies;
using LastMile.Events.RegionAgent.Verdicts;
using Microsoft.Extensions.Options;

namespace LastMile.Events.RegionAgent;

/// <summary>The services of a region agent, in the order in which data passes through them.</summary>
internal static class RegionAgentRegistration
{
    public static void AddRegionAgent(this WebApplicationBuilder builder)
    {
        builder.AddServiceDefaults("lastmile-region-agent");
        builder.Services
            .AddSettings<RegionOptions>(RegionOptions.Section)
            .AddDependency(RegionObserver.Redis, "Redis:ConnectionString")
            .AddSingleton<ClusterSupport>()
            .AddSingleton<RegionAgentMetrics>()
            .AddSingleton<LeadershipState>()
            .AddHostedService<LeaderProbe>()
            .AddLedger()
            .AddObserved()
            .AddTopology()
            .AddVerdicts()
            .AddAlerts()
            .AddRepair()
            .AddStatus()
            .AddSingleton<IDatabaseIdentity, RegionDatabase>()
            .AddBus(RegionQueue.AddConsumers, RegionQueue.Configure);
    }

    public static void UseRegionAgent(this WebApplication app)
    {
        app.UseStrictParameters();
        app.MapHealth();
        app.MapStatus();
    }

    private static IServiceCollection AddLedger(this IServiceCollection services) => services
        .AddSingleton<PurgeLedger>()
        .AddSingleton<KnownTags>();

    private static IServiceCollection AddObserved(this IServiceCollection services) => services
        .AddSingleton<ObservedRegion>()
        .AddSingleton<ClusterHistory>()
        .AddSingleton<RegionSampler>()
        .AddHostedService<WatermarkSubscription>()
        .AddHostedService<RegionObserver>();

    private static IServiceCollection AddTopology(this IServiceCollection services) => services
        .AddSingleton<PrimaryStream>()
        .AddSingleton<ReplicatedTopology>()
        .AddSingleton<IndependentTopology>()
        .AddSingleton<RegionTopology>(provider => provider.GetRequiredService<IOptions<RegionOptions>>().Value.Topology switch
        {
            Topology.Independent => provider.GetRequiredService<IndependentTopology>(),
            _ => provider.GetRequiredService<ReplicatedTopology>(),
        })
        .AddSingleton<IReplicationRole>(provider => provider.GetRequiredService<RegionTopology>());

    private static IServiceCollection AddVerdicts(this IServiceCollection services) => services
        .AddSingleton<VerdictBoard>()
        .AddSingleton<ObservationSource>()
        .AddHostedService<VerdictMonitor>();

    private static IServiceCollection AddAlerts(this IServiceCollection services) => services
        .AddSingleton<AlertRaiser>()
        .AddSingleton<AlertQueue>()
        .AddWorker<EpisodeHandover>()
        .AddHostedService<AlertPublisher>();

    private static IServiceCollection AddRepair(this IServiceCollection services) => services
        .AddSingleton<RegionStore>()
        .AddSingleton<SingleServerWriter>()
        .AddSingleton<ClusterWriter>()
        .AddSingleton<ClusterCheckpoints>()
        .AddSingleton<ClusterScan>()
        .AddSingleton<PurgeProgress>()
        .AddSingleton<RepairCount>()
        .AddSingleton<AppliedCheckpoint>()
        .AddWorker<RegionRepair>()
        .AddWorker<PrefixSweep>()
        .AddWorker<LogReplay>()
        .AddHostedService<GenerationGuard>()
        .AddHostedService<RegionCollector>();

    private static IServiceCollection AddStatus(this IServiceCollection services) => services
        .AddSingleton<ReportSource>()
        .AddHostedService<RegionReporter>()
        .AddHostedService<SoundReporter>();
}
