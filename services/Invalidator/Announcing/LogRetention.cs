using LastMile.Events.Hosting;
using LastMile.Events.Invalidator.Configuration;
using LastMile.Events.Invalidator.Postgres;
using LastMile.Events.Invalidator.Schema;
using Microsoft.Extensions.Options;
using Npgsql;

namespace LastMile.Events.Invalidator.Announcing;

/// <summary>
/// Deletes purge batches that are older than the retention, announced, and without a pending delayed double delete. Records how far back
/// the log reaches.
/// </summary>
internal sealed class LogRetention(
    NpgsqlDataSource dataSource,
    SchemaInstallation schema,
    [FromKeyedServices(Servers.Postgres)] Dependency postgres,
    IOptions<InvalidatorOptions> options,
    TimeProvider time) : BackgroundService
{
    private static readonly string Sql = SqlFile.Read("expire_log");

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await schema.Installed.WaitAsync(stoppingToken);
        var retry = Retry.Forever(time, postgres.Failed);
        using var timer = new PeriodicTimer(TimeSpan.FromMinutes(1), time);
        do
        {
            while (await retry.ExecuteAsync(async token => await ExpireAsync(token), stoppingToken) > 0)
            {
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task<long> ExpireAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(Sql);
        command.Parameters.Add(new() { Value = options.Value.LogRetention });
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }
}
