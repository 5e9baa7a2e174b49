using LastMile.Events.Hosting;
using LastMile.Events.Postgres;
using Microsoft.Extensions.Options;
using Npgsql;

namespace LastMile.Events.Invalidator.Outbox;

/// <summary>Brings the outbox schema to this version at start, as soon as PostgreSQL answers. What reads the outbox waits for it.</summary>
internal sealed partial class SchemaInstallation(
    NpgsqlDataSource dataSource,
    IOptions<InvalidatorOptions> options,
    [FromKeyedServices(Servers.Postgres)] Dependency postgres,
    TimeProvider time,
    ILogger<SchemaInstallation> logger) : BackgroundService
{
    private readonly TaskCompletionSource installed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when the schema is there.</summary>
    public Task Installed => installed.Task;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.Value.InstallSchema)
        {
            var retry = Retry.Forever(time, postgres.Failed);
            // That the server has answered is said when the rules are read: until then nothing can be purged.
            await retry.ExecuteAsync(async token => await OutboxSchema.InstallAsync(dataSource, token), stoppingToken);
            Log.Installed(logger, OutboxSchema.Version);
        }

        installed.SetResult();
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "The outbox schema is at version {Version} or later")]
        public static partial void Installed(ILogger logger, int version);
    }
}
