using LastMile.Events.Hosting;
using LastMile.Events.Invalidator.Announcing;
using LastMile.Events.Invalidator.Api;
using LastMile.Events.Invalidator.Collecting;
using LastMile.Events.Invalidator.Configuration;
using LastMile.Events.Invalidator.Intake.Bus;
using LastMile.Events.Invalidator.Intake.DoubleDelete;
using LastMile.Events.Invalidator.Intake.Outbox;
using LastMile.Events.Invalidator.Pipeline;
using LastMile.Events.Invalidator.Postgres;
using LastMile.Events.Invalidator.Purging;
using LastMile.Events.Invalidator.Regions;
using LastMile.Events.Invalidator.Rules;
using LastMile.Events.Invalidator.Schema;
using LastMile.Events.Invalidator.Telemetry;
using LastMile.Events.Redis;
using Microsoft.Extensions.Options;

namespace LastMile.Events.Invalidator;

/// <summary>The Invalidator's services, in the order in which a change passes through them.</summary>
internal static class InvalidatorRegistration
{
    public static WebApplicationBuilder AddInvalidator(this WebApplicationBuilder builder)
    {
        builder.AddServiceDefaults("lastmile-invalidator", redisIsRequired: false);
        var services = builder.Services;

        services.AddSettings<InvalidatorOptions>(InvalidatorOptions.Section);
        services.AddSettings<PostgresOptions>(PostgresOptions.Section);
        services.AddDependency(Servers.Postgres, "Postgres:ConnectionString");
        services.AddSingleton(provider => new RedisKeys(
            provider.GetRequiredService<IOptions<RedisOptions>>().Value.KeyPrefix,
            provider.GetRequiredService<IOptions<InvalidatorOptions>>().Value.Lineage));
        services.AddSingleton(provider => Database.Connect(provider.GetRequiredService<IOptions<PostgresOptions>>().Value));

        services.AddSingleton(provider => new RedisConnection(
            provider.GetRequiredService<IOptions<RedisOptions>>(),
            lineage: provider.GetRequiredService<IOptions<InvalidatorOptions>>().Value.Lineage));

        // Schema
        services.AddWorker<SchemaInstallation>();

        // Intake/Outbox
        services.AddSingleton<Doorbell>();
        services.AddSingleton<StreamAcknowledger>();
        services.AddWorker<StreamRelay>();
        services.AddSingleton<SlotWal>();
        services.AddWorker<OutboxStream>();
        services.AddSingleton<OutboxClaim>();
        services.AddSingleton<ClaimInterpreter>();
        services.AddSingleton<UnloggedClaims>();
        services.AddSingleton<ClaimProcessor>();
        services.AddWorker<ClaimRelay>();

        // Schema: the audit of capture
        services.AddSingleton<CaptureFindings>();
        services.AddHealthChecks().Add(
            new(CaptureFindings.CheckName, provider => provider.GetRequiredService<CaptureFindings>(), failureStatus: null, tags: null));
        services.AddWorker<CaptureAudit>();

        // Rules
        services.AddSingleton<RuleCatalog>();
        services.AddWorker<RuleRefresh>();

        // Purging
        if (string.IsNullOrWhiteSpace(builder.Configuration["Redis:ConnectionString"]))
            services.AddDatabaseWatermarks();
        else
            services.AddPrimary();
        services.AddSingleton<NewestWatermark>();
        services.AddSingleton<DatabaseIdentity>();
        services.AddSingleton<IDatabaseIdentity>(provider => provider.GetRequiredService<DatabaseIdentity>());
        services.AddSingleton<Purger>();
        services.AddSingleton<AppendsInFlight>();
        services.AddSingleton<LogPages>();
        services.AddWorker<LogWatch>();

        // Pipeline
        services.AddSingleton<PurgePipeline>();

        // Intake/Bus. Workers stop in reverse order: the publishers below, then the bus, then the batcher that the bus consumers wait for.
        services.AddWorker<ChangeBatcher>();
        services.AddBus(Endpoints.AddConsumers, Endpoints.Configure);

        // Announcing
        services.AddSingleton<BusPublisher>();
        services.AddWorker<AnnouncementCheckpoint>();
        services.AddSingleton<AnnouncingHealth>();
        services.AddHealthChecks().Add(
            new(AnnouncingHealth.CheckName, provider => provider.GetRequiredService<AnnouncingHealth>(), failureStatus: null, tags: null));
        services.AddWorker<Announcer>();
        services.AddWorker<Heartbeat>();
        services.AddWorker<LogRetention>();

        // Intake/DoubleDelete
        services.AddWorker<DelayedDoubleDelete>();

        // Regions
        services.AddSingleton<UnrecordedReports>();
        services.AddSingleton<BusUptime>();
        services.AddWorker<SilenceMonitor>();
        services.AddSingleton<RegionReports>();

        // Telemetry
        services.AddSingleton<InvalidatorMetrics>();
        return builder.AddApi();
    }

    private static void AddPrimary(this IServiceCollection services)
    {
        services.AddDependency(Servers.Redis, "Redis:ConnectionString");
        services.AddSingleton<Primary>();
        services.AddSingleton<FailoverReplay>();
        services.AddSingleton<PrimaryEpoch>();
        services.AddSingleton<CurrentEpoch>(provider => provider.GetRequiredService<PrimaryEpoch>());
        services.AddSingleton<IWatermarkSource, PrimaryWatermarks>();
        services.AddSingleton<IWatermarkMonitor, PrimaryMonitor>();
        services.AddWorker<PrimaryCollector>();
    }

    // Only independent regions, whose agents apply every purge and delete old tag generations themselves.
    private static void AddDatabaseWatermarks(this IServiceCollection services)
    {
        services.AddHostedService<WithoutPrimary>();
        services.AddSingleton<CurrentEpoch, DatabaseEpoch>();
        services.AddSingleton<IWatermarkSource, DatabaseWatermarks>();
        services.AddSingleton<IWatermarkMonitor, DatabaseMonitor>();
        services.AddHealthChecks().AddCheck<ReplicatedRegions>(ReplicatedRegions.CheckName);
    }

    public static WebApplication UseInvalidator(this WebApplication app)
    {
        app.MapHealth();
        return app.UseApi();
    }
}
