using System.Threading.Channels;
using LastMile.Events.Invalidator.Changes;

namespace LastMile.Events.Invalidator.Announcing;

/// <summary>The in-memory queue of batches to announce, bounded by their names. The log keeps rejected batches for the sweep.</summary>
internal sealed class FreshBatches
{
    // Reached while the bus is down or slower than the purges. A name takes about 60 bytes.
    private const int MaxNames = 100_000;

    private readonly Channel<PurgeBatch> waiting = Channel.CreateUnbounded<PurgeBatch>(new UnboundedChannelOptions { SingleReader = true });
    private int names;

    /// <summary>Queues a batch, unless the queue is full.</summary>
    public void Add(PurgeBatch batch)
    {
        if (Volatile.Read(ref names) >= MaxNames)
            return;
        Interlocked.Add(ref names, batch.Names);
        waiting.Writer.TryWrite(batch);
    }

    /// <summary>Waits for a batch, then takes as many queued batches as one message should hold.</summary>
    /// <param name="group">Receives the batches; cleared first.</param>
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
