using LastMile.Events.Hosting;
using LastMile.Events.Invalidator.Changes;
using LastMile.Events.Messages;
using LastMile.Events.Redis;
using Npgsql;

namespace LastMile.Events.Invalidator.Purging;

/// <summary>
/// Lets requests wait for the next batch of the purge log. A batch that this process logs ends the wait at once. To find the batches of
/// other Invalidators, one small query runs five times a second while any request waits, however many wait. Thread-safe.
/// </summary>
internal sealed class LogWatch(LogPages log, TimeProvider time) : BackgroundService
{
    /// <summary>The maximum number of requests that wait at the same time.</summary>
    public const int MaxWaiting = 256;

    /// <summary>The longest delay of a batch that another Invalidator has logged.</summary>
    internal static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(200);

    private readonly Lock gate = new();
    private readonly Latch awaited = new();
    private readonly Latch grown = new();
    private Watermark newest;
    private int waiting;

    /// <summary>The number of requests that wait.</summary>
    internal int Waiting => Volatile.Read(ref waiting);

    /// <summary>Records batches that this process has logged. Their rows must be committed.</summary>
    public void Logged(IReadOnlyCollection<PurgeBatch> batches)
    {
        if (batches.Count > 0)
            Grow(batches.Max(batch => batch.Watermark));
    }

    /// <summary>Reads a page; waits for its first batch.</summary>
    /// <param name="after">The page begins after this watermark.</param>
    /// <param name="limit">The maximum number of batches.</param>
    /// <param name="patience">How long to wait.</param>
    /// <param name="stopping">Ends the wait early, with an empty page.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>The page, empty if the log has not grown; null when too many requests wait already.</returns>
    /// <exception cref="NpgsqlException">PostgreSQL did not answer.</exception>
    public async Task<LogPage?> ReadAsync(
        Watermark after, int limit, TimeSpan patience, CancellationToken stopping, CancellationToken cancellationToken)
    {
        var page = await ReadAsync(after, limit, cancellationToken);
        if (page.Batches.Count > 0 || !page.Complete)
            return page;
        if (!Enter())
            return null;
        try
        {
            using var expiry = new CancellationTokenSource(patience, time);
            using var end = CancellationTokenSource.CreateLinkedTokenSource(expiry.Token, stopping, cancellationToken);
            while (page.Batches.Count == 0 && !end.IsCancellationRequested)
            {
                // Get the signal before reading, so that a batch that is logged after the read ends the wait.
                var next = grown.Opened;
                page = await ReadAsync(after, limit, cancellationToken);
                if (page.Batches.Count == 0)
                    await next.WaitAsync(end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            cancellationToken.ThrowIfCancellationRequested();
            return page;
        }
        finally
        {
            Leave();
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            await awaited.Opened.WaitAsync(stoppingToken);
            await Task.Delay(PollInterval, time, stoppingToken);
            try
            {
                Grow(await log.ReadNewestAsync(stoppingToken));
            }
            catch (NpgsqlException)
            {
                // The waiting requests then read the log themselves, and report the failure.
                Release();
            }
        }
    }

    private Task<LogPage> ReadAsync(Watermark after, int limit, CancellationToken cancellationToken) =>
        log.ReadAsync(new RegionWatermark(after.Epoch, after.Sequence), upTo: null, limit, cancellationToken);

    private void Grow(Watermark logged)
    {
        lock (gate)
        {
            // A lower one was logged after a higher one. It ends no wait: each waiting request has read the higher one.
            if (logged <= newest)
                return;
            newest = logged;
        }

        Release();
    }

    private void Release()
    {
        grown.Open();
        grown.Close();
    }

    private bool Enter()
    {
        lock (gate)
        {
            if (waiting == MaxWaiting)
                return false;
            if (++waiting == 1)
                awaited.Open();
            return true;
        }
    }

    private void Leave()
    {
        lock (gate)
        {
            if (--waiting == 0)
                awaited.Close();
        }
    }
}
