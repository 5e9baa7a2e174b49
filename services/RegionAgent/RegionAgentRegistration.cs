using System.Diagnostics.Metrics;
using LastMile.Events.Hosting;
using LastMile.Events.RegionAgent.Alerts;
using LastMile.Events.RegionAgent.Bus;
using LastMile.Events.RegionAgent.Configuration;
using LastMile.Events.RegionAgent.Leadership;
using LastMile.Events.RegionAgent.Ledger;
using LastMile.Events.RegionAgent.Lineages;
using LastMile.Events.RegionAgent.Log;
using LastMile.Events.RegionAgent.Monitoring;
using LastMile.Events.RegionAgent.Observed;
using LastMile.Events.RegionAgent.Repair;
using LastMile.Events.RegionAgent.Status;
using LastMile.Events.RegionAgent.Telemetry;
using LastMile.Events.RegionAgent.Topologies;
using LastMile.Events.RegionAgent.Verdicts;
using MassTransit;
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
            .AddSingleton<LeadershipState>()
            .AddHostedService<LeaderProbe>()
            .AddHostedService<LeaseKeeper>()
            .AddLineages()
            .AddSingleton<IDatabaseIdentity, RegionDatabase>()
            .AddBus(RegionQueue.AddConsumers, RegionQueue.Configure);
        // Read as a text, because an invalid value is reported later, with all other errors.
        var topology = builder.Configuration[$"{RegionOptions.Section}:{nameof(RegionOptions.Topology)}"];
        if (string.Equals(topology, nameof(Topology.ReadOnly), StringComparison.OrdinalIgnoreCase))
            builder.Services.AddRegionPrimary();
    }

    public static void UseRegionAgent(this WebApplication app)
    {
        app.UseStrictParameters();
        app.MapHealth();
        app.MapStatus();
    }

    private static IServiceCollection AddLineages(this IServiceCollection services)
    {
        services.AddHealthChecks()
            .AddCheck<LogHealth>(LogHealth.CheckName)
            .Add(new(
                UnknownLineages.CheckName, provider => provider.GetRequiredService<UnknownLineages>(), failureStatus: null, tags: null));
        return services
            .AddSingleton<UnknownLineages>()
            .AddSingleton(provider => new RegionLineages(
                [.. provider.GetRequiredService<IOptions<RegionOptions>>().Value.ServedLineages.Select(provider.Create)],
                provider.GetRequiredService<UnknownLineages>()))
            .AddHostedService<LineageHost>();
    }

    private static IServiceCollection AddRegionPrimary(this IServiceCollection services) => services
        .AddDependency(RegionPrimary.Name, $"{RegionOptions.Section}:{nameof(RegionOptions.PrimaryConnectionString)}")
        .AddSingleton(provider =>
        {
            var region = provider.GetRequiredService<IOptions<RedisOptions>>().Value;
            var options = provider.GetRequiredService<IOptions<RegionOptions>>().Value;
            return new RegionPrimary(
                new RedisConnection(Options.Create(options.PrimaryOf(region))),
                provider.GetRequiredKeyedService<Dependency>(RegionPrimary.Name));
        });

    private static AgentLineage Create(this IServiceProvider shared, LineageOptions lineage)
    {
        var services = new ServiceCollection()
            .AddShared(shared, lineage)
            .AddSingleton(lineage)
            .AddSingleton<RegionAgentMetrics>()
            .AddLedger()
            .AddLog()
            .AddObserved()
            .AddTopology()
            .AddVerdicts()
            .AddAlerts()
            .AddRepair()
            .AddStatus();
        if (shared.GetService<RegionPrimary>() is { } primary)
            services.AddSingleton(primary.Of(lineage.Name)).AddSingleton<ReadOnlyWriter>();
        var provider = services.BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true });
        return new AgentLineage(lineage.Name, provider);
    }

    // Registered as instances, which a provider does not dispose.
    private static IServiceCollection AddShared(this IServiceCollection services, IServiceProvider shared, LineageOptions lineage)
    {
        var (options, loggers) = (
            shared.GetRequiredService<IOptions<RegionOptions>>(), shared.GetRequiredService<ILoggerFactory>());
        return services
            .AddSingleton(options)
            .AddSingleton(options.Value.ServedLineages.Count > 1 ? new LineageLoggers(loggers, lineage.Name) : loggers)
            .AddSingleton(typeof(ILogger<>), typeof(Logger<>))
            .AddSingleton(shared.GetRequiredService<TimeProvider>())
            .AddSingleton(shared.GetRequiredService<IMeterFactory>())
            .AddSingleton(shared.GetRequiredService<LeadershipState>())
            .AddSingleton(shared.GetRequiredService<IBus>())
            .AddSingleton(shared.GetRequiredService<RedisConnection>().Of(lineage.Name))
            .AddKeyedSingleton(RegionObserver.Redis, shared.GetRequiredKeyedService<Dependency>(RegionObserver.Redis));
    }

    private static IServiceCollection AddLedger(this IServiceCollection services) => services
        .AddSingleton<PurgeLedger>()
        .AddSingleton<KnownTags>()
        .AddSingleton<ReceivedPurges>()
        .AddSingleton<SkippedSequences>();

    private static IServiceCollection AddLog(this IServiceCollection services) => services
        .AddSingleton<PurgeLogClient>()
        .AddSingleton<LogState>()
        .AddHostedService<LogFollower>();

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
        .AddSingleton<ReadOnlyTopology>()
        .AddSingleton<RegionTopology>(provider => provider.GetRequiredService<IOptions<RegionOptions>>().Value.Topology switch
        {
            Topology.Independent => provider.GetRequiredService<IndependentTopology>(),
            Topology.ReadOnly => provider.GetRequiredService<ReadOnlyTopology>(),
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
        .AddSingleton<UnloggedPurges>()
        .AddSingleton<AppliedCheckpoint>()
        .AddWorker<RegionRepair>()
        .AddWorker<PrefixSweep>()
        .AddSingleton<ReplaySource>()
        .AddWorker<LossPublisher>()
        .AddWorker<LogReplay>()
        .AddHostedService<GenerationGuard>()
        .AddHostedService<RegionCollector>();

    private static IServiceCollection AddStatus(this IServiceCollection services) => services
        .AddSingleton<ReportSource>()
        .AddHostedService<RegionReporter>()
        .AddHostedService<SoundReporter>();
}
