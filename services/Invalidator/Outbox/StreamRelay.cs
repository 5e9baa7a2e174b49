using System.Threading.Channels;
using LastMile.Events.Hosting;
using LastMile.Events.Invalidator.Purging;
using LastMile.Events.Invalidator.Rules;
using Npgsql;

namespace LastMile.Events.Invalidator.Outbox;

/// <summary>
/// Purges what the stream tells as soon as others can see it, and takes it from the outbox afterwards. It may give up a row at any point:
/// what is still in the outbox is claimed a moment later. So it is fast and need not be sure, and the claim is sure and need not be fast.
/// </summary>
internal sealed partial class StreamRelay(
    NpgsqlDataSource dataSource,
    Doorbell doorbell,
    RuleCatalog catalog,
    PurgePipeline pipeline,
    StreamAcknowledger settlement,
    [FromKeyedServices(Servers.Postgres)] Dependency postgres,
    TimeProvider time,
    ILogger<StreamRelay> logger) : BackgroundService
{
    // Of a transaction, and of all that wait: what is more is the claim's, which takes many in less time.
    private const int MostRows = 2_000;

    // Heard a little early, a commit is seen at once; with a synchronous standby when that one has it. Longer than 15 ms, and the others
    // behind it matter more.
    private static readonly TimeSpan[] Looks = [.. new[] { 0, 1, 2, 4, 8 }.Select(wait => TimeSpan.FromMilliseconds(wait))];
    private static readonly string Visible = SqlFile.Read("visible");

    // Whoever hears a transaction purges it too, up to the first wait: to wake another thread takes longer than that.
    private readonly Channel<StreamedTransaction> heard = Channel.CreateUnbounded<StreamedTransaction>(
        new UnboundedChannelOptions { SingleReader = true, AllowSynchronousContinuations = true });

    private int waiting;

    /// <summary>Whether there is room for one more row of a transaction that is being heard.</summary>
    /// <param name="rows">How many of its rows have been heard.</param>
    public bool HasRoom(int rows) => Volatile.Read(ref waiting) + rows < MostRows;

    /// <summary>Takes what was committed.</summary>
    public void Take(StreamedTransaction transaction)
    {
        Interlocked.Add(ref waiting, transaction.Rows.Count);
        heard.Writer.TryWrite(transaction);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var settling = settlement.RunAsync(stoppingToken);
        try
        {
            while (await heard.Reader.WaitToReadAsync(stoppingToken))
                await RelayAsync(TakeAll(), stoppingToken);
        }
        finally
        {
            settlement.Complete();
            await settling;
        }
    }

    private List<StreamedTransaction> TakeAll()
    {
        var transactions = new List<StreamedTransaction>();
        while (heard.Reader.TryRead(out var transaction))
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
            for (var look = 0; ; look++)
            {
                var snapshot = await SnapshotAsync(stoppingToken);
                await PurgeAsync([.. transactions.Where(transaction => snapshot.Sees(transaction.Xid)).SelectMany(transaction => transaction.Rows)]);
                transactions.RemoveAll(transaction => snapshot.Sees(transaction.Xid));
                if (transactions.Count == 0 || look == Looks.Length)
                    break;
                await Task.Delay(Looks[look], time, stoppingToken);
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
        await using var connection = await dataSource.OpenConnectionAsync(stoppingToken);
        await using var command = new NpgsqlCommand(Visible, connection);
        var snapshot = Snapshot.Parse((string)(await command.ExecuteScalarAsync(stoppingToken))!);
        postgres.Answered();
        return snapshot;
    }

    private async Task PurgeAsync(List<OutboxRow> rows)
    {
        var rules = catalog.Current;
        var (names, origins) = (new PurgeNames(rules.Own), new PurgeOrigins());
        if (!rows.TrueForAll(row => OutboxRowInterpreter.Interpret(row, rules, names) is null))
        {
            // The claim reads the newest rules, and knows what to do with a row that even those don't explain.
            var understood = rows.FindAll(row => OutboxRowInterpreter.Interpret(row, rules, new PurgeNames(rules.Own)) is null);
            doorbell.Ring();
            rows = understood;
            names = NamesOf(rows, rules);
        }

        foreach (var row in rows)
            origins.Add(row.TraceParent, row.Actor);
        if (rows.Count > 0)
            settlement.Add(new PurgedRows(rows, rules.Revision, await pipeline.PurgeAsync(names, origins, CancellationToken.None)));
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
