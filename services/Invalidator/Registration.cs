using LastMile.Events.Hosting;
using LastMile.Events.Invalidator.Announcing;
using LastMile.Events.Invalidator.Api;
using LastMile.Events.Invalidator.Auditing;
using LastMile.Events.Invalidator.Bus;
using LastMile.Events.Invalidator.Outbox;
using LastMile.Events.Invalidator.Purging;
using LastMile.Events.Invalidator.Receipts;
using LastMile.Events.Invalidator.Regions;
using LastMile.Events.Invalidator.Rules;
using LastMile.Events.Invalidator.Status;
using Microsoft.Extensions.Options;
using Npgsql;

namespace LastMile.Events.Invalidator;

/// <summary>What the Invalidator consists of, in the order of the data's way.</summary>
internal static class Registration
{
    public static WebApplicationBuilder AddInvalidator(this WebApplicationBuilder builder)
    {
        builder.AddServiceDefaults("lastmile-invalidator");
        var services = builder.Services;

        services.AddSettings<InvalidatorOptions>(InvalidatorOptions.Section);
        services.AddSettings<PostgresOptions>(PostgresOptions.Section);
        services.AddDependency(Servers.Postgres, "Postgres:ConnectionString");
        services.AddDependency(Servers.Redis, "Redis:ConnectionString");
        services.AddSingleton(provider => Connect(provider.GetRequiredService<IOptions<PostgresOptions>>().Value));

        // Outbox
        services.AddWorker<SchemaInstallation>();
        services.AddSingleton<Doorbell>();
        services.AddSingleton<StreamSettlement>();
        services.AddWorker<StreamRelay>();
        services.AddWorker<OutboxStream>();
        services.AddSingleton<OutboxClaim>();
        services.AddWorker<ClaimRelay>();

        // Auditing
        services.AddSingleton<CaptureFindings>();
        services.AddHealthChecks().Add(new(CaptureFindings.CheckName, provider => provider.GetRequiredService<CaptureFindings>(), failureStatus: null, tags: null));
        services.AddWorker<CaptureAudit>();

        // Rules
        services.AddSingleton<RuleCatalog>();
        services.AddWorker<RuleRefresh>();

        // Purging
        services.AddSingleton<Primary>();
        services.AddSingleton<CurrentEpoch>();
        services.AddSingleton<Purger>();
        services.AddSingleton<LogPages>();
        services.AddSingleton<FailoverReplay>();
        services.AddSingleton<PurgeFailures>();

        // Bus. Workers stop in reverse: who publishes, below, before the bus, and the bus before the batcher that its consumers wait for.
        services.AddWorker<ChangeBatcher>();
        services.AddBus(Endpoints.AddConsumers, Endpoints.Configure);

        // Announcing
        services.AddSingleton<BusPublisher>();
        services.AddWorker<AnnouncedMarks>();
        services.AddWorker<Announcer>();
        services.AddWorker<Heartbeat>();
        services.AddWorker<LogRetention>();
        services.AddWorker<SecondPass>();

        // Regions
        services.AddSingleton<HeardRegions>();
        services.AddSingleton<ListeningTime>();
        services.AddWorker<RegionWatch>();

        // Receipts
        services.AddSingleton<RegionReports>();

        // Status
        services.AddSingleton<InvalidatorMetrics>();
        return builder.AddApi();
    }

    public static WebApplication UseInvalidator(this WebApplication app)
    {
        app.MapHealth();
        return app.UseApi();
    }

    private static NpgsqlDataSource Connect(PostgresOptions options)
    {
        var builder = new NpgsqlDataSourceBuilder(options.ConnectionString);
        builder.ConnectionStringBuilder.ApplicationName = "lastmile-invalidator";
        // The same few statements for ever: planned once for each connection. A pooler in between that can't keep them is told so
        // with Max Auto Prepare=0 in the connection string.
        if (!builder.ConnectionStringBuilder.ContainsKey("Max Auto Prepare"))
            builder.ConnectionStringBuilder.MaxAutoPrepare = 20;
        // A claim's rows are some hundred KB: fewer reads, and fewer threads woken for them.
        if (!builder.ConnectionStringBuilder.ContainsKey("Read Buffer Size"))
            builder.ConnectionStringBuilder.ReadBufferSize = 65_536;
        // Nothing here outlives its transaction, so a connection needs no cleaning between two uses.
        builder.ConnectionStringBuilder.NoResetOnClose = true;
        return builder.Build();
    }
}
