using System.Threading.Channels;
using LastMile.Events.Hosting;
using LastMile.Events.Invalidator.Changes;
using LastMile.Events.Invalidator.Postgres;
using Npgsql;

namespace LastMile.Events.Invalidator.Announcing;

/// <summary>
/// Marks in the log the batches that the broker has confirmed. It marks many at a time, slightly later, which saves the database one commit
/// per purge. Batches that a crash leaves unmarked are announced again.
/// </summary>
internal sealed partial class AnnouncementCheckpoint(
    NpgsqlDataSource dataSource, TimeProvider time, ILogger<AnnouncementCheckpoint> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);
    private static readonly string Mark = SqlFile.Read("mark_announced");

    private readonly Channel<Guid> announced = Channel.CreateUnbounded<Guid>(new UnboundedChannelOptions { SingleReader = true });

    /// <summary>Marks batches now, in the connection's transaction if it has one.</summary>
    public static async Task MarkAsync(NpgsqlConnection connection, IReadOnlyList<Guid> batches, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Mark, connection) { Parameters = { new() { Value = batches } } };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Queues batches, which are marked within a fraction of a second.</summary>
    public void Add(IEnumerable<PurgeBatch> batches)
    {
        foreach (var batch in batches)
            announced.Writer.TryWrite(batch.Id);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var retry = Retry.Forever(time, failure => Log.Deferred(logger, failure.Message));
        using var timer = new PeriodicTimer(Interval, time);
        var batches = new List<Guid>();
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            while (announced.Reader.TryRead(out var batch))
                batches.Add(batch);
            if (batches.Count == 0)
                continue;

            await retry.ExecuteAsync(async token => await MarkAsync(batches, token), stoppingToken);
            batches.Clear();
        }
    }

    private async Task MarkAsync(List<Guid> batches, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await MarkAsync(connection, (IReadOnlyList<Guid>)batches, cancellationToken);
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Debug, Message = "Marking announced batches failed and will be retried: {Reason}")]
        public static partial void Deferred(ILogger logger, string reason);
    }
}
