using System.Threading.Channels;
using LastMile.Events.Hosting;
using LastMile.Events.Invalidator.Changes;
using LastMile.Events.Invalidator.Configuration;
using LastMile.Events.Invalidator.Pipeline;
using LastMile.Events.Invalidator.Postgres;
using LastMile.Events.Invalidator.Rules;
using Npgsql;

namespace LastMile.Events.Invalidator.Intake.Outbox;

/// <summary>
/// Purges streamed changes as soon as other sessions can see them; <see cref="StreamAcknowledger"/> deletes them from the outbox
/// afterwards. The stream may drop a row at any point, because the claim takes every row that stays in the outbox: the stream is fast
/// but may miss rows; the claim is slower but misses none.
/// </summary>
internal sealed partial class StreamRelay(
    NpgsqlDataSource dataSource,
    Doorbell doorbell,
    RuleCatalog catalog,
    PurgePipeline pipeline,
    StreamAcknowledger acknowledger,
    [FromKeyedServices(Servers.Postgres)] Dependency postgres,
    TimeProvider time,
    ILogger<StreamRelay> logger) : BackgroundService
{
    // The limit for one transaction, and for all waiting transactions together. The claim takes the rest; it is faster with many rows.
    private const int MaxRows = 2_000;

    // A streamed commit is usually visible at once, or, with a synchronous standby, when the standby has it. After 15 ms it is left to the
    // claim, so that it does not delay later transactions.
    private static readonly TimeSpan[] RetryDelays = [.. new[] { 0, 1, 2, 4, 8 }.Select(wait => TimeSpan.FromMilliseconds(wait))];
    private static readonly string CurrentSnapshot = SqlFile.Read("current_snapshot");

    // The receiving thread also runs the purge, up to its first wait: waking another thread takes longer.
    private readonly Channel<StreamedTransaction> received = Channel.CreateUnbounded<StreamedTransaction>(
        new UnboundedChannelOptions { SingleReader = true, AllowSynchronousContinuations = true });

    // Kept open: Npgsql closes all pooled connections when a command fails for lack of disk space, and opening one takes long on a busy
    // machine.
    private NpgsqlConnection? connection;
    private int waiting;

    /// <summary>Returns whether there is room for one more row of the transaction that is being received.</summary>
    /// <param name="rows">How many of its rows have been received.</param>
    public bool HasRoom(int rows) => Volatile.Read(ref waiting) + rows < MaxRows;

    /// <summary>Queues a committed transaction.</summary>
    public void Enqueue(StreamedTransaction transaction)
    {
        Interlocked.Add(ref waiting, transaction.Rows.Count);
        received.Writer.TryWrite(transaction);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var acknowledging = acknowledger.RunAsync(stoppingToken);
        try
        {
            while (await received.Reader.WaitToReadAsync(stoppingToken))
                await RelayAsync(DequeueAll(), stoppingToken);
        }
        finally
        {
            acknowledger.Complete();
            await acknowledging;
            await CloseAsync();
        }
    }

    private List<StreamedTransaction> DequeueAll()
    {
        var transactions = new List<StreamedTransaction>();
        while (received.Reader.TryRead(out var transaction))
        {
            transactions.Add(transaction);
            Interlocked.Add(ref waiting, -transaction.Rows.Count);
        }

        return transactions;
    }

    private async Task RelayAsync(List<StreamedTransaction> transactions, CancellationToken stoppingToken)
    {
        try
        {
            for (var attempt = 0; ; attempt++)
            {
                var snapshot = await SnapshotAsync(stoppingToken);
                var visible = transactions.Where(transaction => snapshot.Sees(transaction.Xid));
                await PurgeAsync([.. visible.SelectMany(transaction => transaction.Rows)]);
                transactions.RemoveAll(transaction => snapshot.Sees(transaction.Xid));
                if (transactions.Count == 0 || attempt == RetryDelays.Length)
                    break;
                await Task.Delay(RetryDelays[attempt], time, stoppingToken);
            }
        }
        catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
        {
            pipeline.Failed(failure);
            Log.Left(logger, transactions.Sum(transaction => transaction.Rows.Count), failure.Message);
        }

        if (transactions.Count > 0)
            doorbell.Ring();
    }

    private async Task<Snapshot> SnapshotAsync(CancellationToken stoppingToken)
    {
        try
        {
            connection ??= await dataSource.OpenConnectionAsync(stoppingToken);
            await using var command = new NpgsqlCommand(CurrentSnapshot, connection);
            var snapshot = Snapshot.Parse((string)(await command.ExecuteScalarAsync(stoppingToken))!);
            postgres.Answered();
            return snapshot;
        }
        catch
        {
            await CloseAsync();
            throw;
        }
    }

    private async Task CloseAsync()
    {
        if (connection is not null)
            await connection.DisposeAsync();
        connection = null;
    }

    private async Task PurgeAsync(List<OutboxRow> rows)
    {
        var rules = catalog.Current;
        var (names, origins) = (new PurgeNames(rules.Own), new PurgeOrigins());
        if (!rows.TrueForAll(row => OutboxRowInterpreter.Interpret(row, rules, names) is null))
        {
            // The claim uses the newest rules, and quarantines rows that even those can't interpret.
            var interpretable = rows.FindAll(row => OutboxRowInterpreter.Interpret(row, rules, new PurgeNames(rules.Own)) is null);
            doorbell.Ring();
            rows = interpretable;
            names = NamesOf(rows, rules);
        }

        foreach (var row in rows)
            origins.Add(row.TraceParent, row.Actor);
        if (rows.Count == 0)
            return;
        var batches = await pipeline.PurgeAsync(names, origins, CancellationToken.None);
        if (pipeline.LogRefuses)
            LeaveToClaim(batches);
        else
            acknowledger.Add(new PurgedRows(rows, rules.Revision, batches));
    }

    private void LeaveToClaim(IReadOnlyList<PurgeBatch> batches)
    {
        pipeline.AnnounceUnlogged(batches);
        doorbell.Ring();
    }

    private static PurgeNames NamesOf(List<OutboxRow> rows, RuleBook rules)
    {
        var names = new PurgeNames(rules.Own);
        foreach (var row in rows)
            OutboxRowInterpreter.Interpret(row, rules, names);
        return names;
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Debug, Message = "{Count} changes are left to the claim: {Reason}")]
        public static partial void Left(ILogger logger, int count, string reason);
    }
}
