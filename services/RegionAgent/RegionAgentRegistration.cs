using LastMile.Events.Hosting;
using LastMile.Events.RegionAgent.Alerts;
using LastMile.Events.RegionAgent.Bus;
using LastMile.Events.RegionAgent.Configuration;
using LastMile.Events.RegionAgent.Expected;
using LastMile.Events.RegionAgent.Leadership;
using LastMile.Events.RegionAgent.Ledger;
using LastMile.Events.RegionAgent.Monitoring;
using LastMile.Events.RegionAgent.Observed;
using LastMile.Events.RegionAgent.Repair;
using LastMile.Events.RegionAgent.Status;
using LastMile.Events.RegionAgent.Telemetry;
using LastMile.Events.RegionAgent.Verdicts;

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
            .AddSingleton<RegionAgentMetrics>()
            .AddSingleton<LeadershipState>()
            .AddHostedService<LeaderProbe>()
            .AddExpected()
            .AddObserved()
            .AddVerdicts()
            .AddAlerts()
            .AddRepair()
            .AddStatus()
            .AddBus(RegionQueue.AddConsumers, RegionQueue.Configure);
    }

    public static void UseRegionAgent(this WebApplication app)
    {
        app.UseStrictParameters();
        app.MapHealth();
        app.MapStatus();
    }

    private static IServiceCollection AddExpected(this IServiceCollection services) => services
        .AddSingleton<IDatabaseIdentity, RegionDatabase>()
        .AddSingleton<ExpectedWatermarks>()
        .AddSingleton<PrimaryStream>();

    private static IServiceCollection AddObserved(this IServiceCollection services) => services
        .AddSingleton<ObservedRegion>()
        .AddHostedService<WatermarkSubscription>()
        .AddHostedService<RegionObserver>();

    private static IServiceCollection AddVerdicts(this IServiceCollection services) => services
        .AddSingleton<VerdictBoard>()
        .AddHostedService<VerdictMonitor>();

    private static IServiceCollection AddAlerts(this IServiceCollection services) => services
        .AddSingleton<AlertRaiser>()
        .AddSingleton<AlertQueue>()
        .AddWorker<EpisodeHandover>()
        .AddHostedService<AlertPublisher>();

    private static IServiceCollection AddRepair(this IServiceCollection services) => services
        .AddSingleton<RegionStore>()
        .AddSingleton<PurgeLedger>()
        .AddSingleton<ReplicationProof>()
        .AddSingleton<RepairCount>()
        .AddSingleton<KnownTags>()
        .AddWorker<RegionRepair>()
        .AddWorker<PrefixSweep>()
        .AddWorker<LogReplay>()
        .AddHostedService<GenerationGuard>()
        .AddHostedService<RegionCollector>();

    private static IServiceCollection AddStatus(this IServiceCollection services) => services
        .AddHostedService<RegionReporter>();
}
