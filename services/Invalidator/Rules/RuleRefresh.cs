using LastMile.Events.Hosting;
using LastMile.Events.Invalidator.Configuration;
using LastMile.Events.Invalidator.Schema;
using Npgsql;

namespace LastMile.Events.Invalidator.Rules;

/// <summary>Keeps the rules up to date for bus messages, which, unlike outbox rows, carry no revision.</summary>
internal sealed class RuleRefresh(
    NpgsqlDataSource dataSource,
    SchemaInstallation schema,
    RuleCatalog catalog,
    [FromKeyedServices(Servers.Postgres)] Dependency postgres,
    TimeProvider time) : BackgroundService
{
    private readonly Latch read = new();

    /// <summary>Completes when the rules have been read once. Messages wait for it.</summary>
    public Task Read => read.Opened;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await schema.Installed.WaitAsync(stoppingToken);
        var retry = Retry.Forever(time, postgres.Failed);
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(2), time);
        do
        {
            await retry.ExecuteAsync(async token => await RefreshAsync(token), stoppingToken);
            read.Open();
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task RefreshAsync(CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var command = new NpgsqlCommand("select revision from lastmile.rule_revision", connection);
        var revision = (Guid)(await command.ExecuteScalarAsync(cancellationToken))!;
        await catalog.AtLeastAsync(revision, connection, cancellationToken);
        postgres.Answered();
    }
}
