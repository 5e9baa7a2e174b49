using System.Threading.Channels;
using LastMile.Events.Invalidator.Purging;

namespace LastMile.Events.Invalidator.Announcing;

/// <summary>Batches on their way to the bus, through memory. Bounded by their names: what it refuses, the log keeps for the sweep.</summary>
internal sealed class FreshBatches
{
    // The names of one message, about: a batch has at most twice 5,000. Some hundred KB, which any broker takes.
    private const int NamesInGroup = 10_000;

    // Full while the bus is slow or down, and in a flood that it can't follow. A name takes about 60 bytes.
    private const int NamesWaiting = 100_000;

    private readonly Channel<PurgeBatch> waiting = Channel.CreateUnbounded<PurgeBatch>(new UnboundedChannelOptions { SingleReader = true });
    private int names;

    /// <summary>Takes a batch, if there is room.</summary>
    public void Add(PurgeBatch batch)
    {
        if (Volatile.Read(ref names) >= NamesWaiting)
            return;
        Interlocked.Add(ref names, NamesOf(batch));
        waiting.Writer.TryWrite(batch);
    }

    /// <summary>Gives what waits, as much as one message should hold; waits for a first batch.</summary>
    /// <param name="group">Is cleared, and takes them.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task TakeAsync(List<PurgeBatch> group, CancellationToken cancellationToken)
    {
        group.Clear();
        group.Add(await waiting.Reader.ReadAsync(cancellationToken));
        var taken = NamesOf(group[0]);
        while (taken < NamesInGroup && waiting.Reader.TryRead(out var batch))
        {
            group.Add(batch);
            taken += NamesOf(batch);
        }

        Interlocked.Add(ref names, -taken);
    }

    private static int NamesOf(PurgeBatch batch) => batch.Keys.Length + batch.Tags.Length;
}
