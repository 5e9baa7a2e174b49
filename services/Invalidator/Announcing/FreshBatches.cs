using System.Threading.Channels;
using LastMile.Events.Invalidator.Purging;

namespace LastMile.Events.Invalidator.Announcing;

/// <summary>Batches on their way to the bus, through memory. Bounded by their names: what it refuses, the log keeps for the sweep.</summary>
internal sealed class FreshBatches
{
    // Full while the bus is slow or down, and in a flood that it can't follow. A name takes about 60 bytes.
    private const int NamesWaiting = 100_000;

    private readonly Channel<PurgeBatch> waiting = Channel.CreateUnbounded<PurgeBatch>(new UnboundedChannelOptions { SingleReader = true });
    private int names;

    /// <summary>Takes a batch, if there is room.</summary>
    public void Add(PurgeBatch batch)
    {
        if (Volatile.Read(ref names) >= NamesWaiting)
            return;
        Interlocked.Add(ref names, batch.Names);
        waiting.Writer.TryWrite(batch);
    }

    /// <summary>Gives what waits, as much as one message should hold; waits for a first batch.</summary>
    /// <param name="group">Is cleared, and takes them.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task TakeAsync(List<PurgeBatch> group, CancellationToken cancellationToken)
    {
        group.Clear();
        group.Add(await waiting.Reader.ReadAsync(cancellationToken));
        var (taken, characters) = (group[0].Names, group[0].Characters);
        while (taken < MessageSize.Names && characters < MessageSize.Characters && waiting.Reader.TryRead(out var batch))
        {
            group.Add(batch);
            taken += batch.Names;
            characters += batch.Characters;
        }

        Interlocked.Add(ref names, -taken);
    }
}
