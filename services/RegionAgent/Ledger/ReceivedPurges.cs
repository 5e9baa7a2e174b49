using LastMile.Events.Messages;
using LastMile.Events.Redis;

namespace LastMile.Events.RegionAgent.Ledger;

/// <summary>Records purges that the agent has received, from the bus or from the log. Thread-safe.</summary>
internal sealed class ReceivedPurges(PurgeLedger ledger, KnownTags tags)
{
    /// <summary>Rejects all of the batches if one of them is invalid.</summary>
    /// <exception cref="ArgumentException">A batch is invalid; the message names it.</exception>
    public static void Check(IEnumerable<PurgeApplied> batches)
    {
        foreach (var batch in batches)
            Check(batch);
    }

    /// <summary>Records batches that <see cref="Check(IEnumerable{PurgeApplied})"/> has accepted.</summary>
    public void Record(IEnumerable<PurgeApplied> batches)
    {
        foreach (var batch in batches)
        {
            ledger.Receive(batch);
            tags.Add(batch);
        }
    }

    private static void Check(PurgeApplied batch)
    {
        if (batch.Keys is null || batch.Tags is null || batch.Keys.Any(key => key is null) || batch.Tags.Any(tag => tag is null)
            || batch.Prefix is "")
        {
            throw new ArgumentException(
                $"Batch {batch.BatchId} is invalid: its keys or tags are missing or contain null, or its prefix is empty.", nameof(batch));
        }

        // Throws if the epoch or the sequence is below its range.
        _ = new Watermark(batch.Epoch, batch.Sequence);
    }
}
