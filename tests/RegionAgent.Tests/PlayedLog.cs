using System.Collections.Concurrent;
using LastMile.Events.Messages;

namespace RegionAgent.Tests;

/// <summary>The purge log, as an Invalidator reads it for an agent.</summary>
internal sealed class PlayedLog
{
    private readonly ConcurrentDictionary<(long Epoch, long Sequence), PurgeApplied> batches = [];

    /// <summary>Before this it remembers nothing.</summary>
    public (long Epoch, long Sequence) Horizon { get; set; }

    /// <summary>What was asked.</summary>
    public ConcurrentQueue<PurgesRequested> Requests { get; } = [];

    public void Add(PurgeApplied batch) => batches[(batch.Epoch, batch.Sequence)] = batch;

    public PurgesReplayed Read(PurgesRequested request)
    {
        Requests.Enqueue(request);
        var after = (request.After.Epoch, request.After.Sequence);
        var upTo = (request.UpTo.Epoch, request.UpTo.Sequence);
        PurgeApplied[] found = [.. batches.Where(batch => batch.Key.CompareTo(after) > 0 && batch.Key.CompareTo(upTo) <= 0).OrderBy(batch => batch.Key).Select(batch => batch.Value)];
        return new PurgesReplayed(request.After, request.UpTo, found, Complete: after.CompareTo(Horizon) >= 0);
    }
}
