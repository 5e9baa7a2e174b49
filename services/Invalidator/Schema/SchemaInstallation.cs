using LastMile.Events.Hosting;
using LastMile.Events.Invalidator.Configuration;
using LastMile.Events.Postgres;
using Microsoft.Extensions.Options;
using Npgsql;

namespace LastMile.Events.Invalidator.Schema;

/// <summary>
/// Installs or upgrades the outbox schema at start, as soon as PostgreSQL answers. Workers that read the outbox wait for it.
/// </summary>
internal sealed partial class SchemaInstallation(
    NpgsqlDataSource dataSource,
    IOptions<InvalidatorOptions> options,
    [FromKeyedServices(Servers.Postgres)] Dependency postgres,
    TimeProvider time,
    ILogger<SchemaInstallation> logger) : BackgroundService
{
    private readonly Latch installed = new();

    /// <summary>Completes when the schema is installed, or at once if the Invalidator does not install it.</summary>
    public Task Installed => installed.Opened;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.Value.InstallSchema)
        {
            var retry = Retry.Forever(time, postgres.Failed);
            // Does not report PostgreSQL as healthy: nothing can be purged until the rules are read, which reports it.
            await retry.ExecuteAsync(async token => await OutboxSchema.InstallAsync(dataSource, token), stoppingToken);
            Log.Installed(logger, OutboxSchema.Version);
        }

        installed.Open();
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "The outbox schema is at version {Version} or later")]
        public static partial void Installed(ILogger logger, int version);
    }
}
