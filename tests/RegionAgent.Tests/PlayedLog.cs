using System.Collections.Concurrent;
using LastMile.Events.Messages;

namespace RegionAgent.Tests;

/// <summary>A simulated purge log, read like an Invalidator reads it for an agent.</summary>
internal sealed class PlayedLog
{
    private readonly ConcurrentDictionary<(long Epoch, long Sequence), PurgeApplied> batches = [];

    /// <summary>The log holds nothing from before this position.</summary>
    public (long Epoch, long Sequence) Horizon { get; set; }

    /// <summary>The received requests.</summary>
    public ConcurrentQueue<PurgesRequested> Requests { get; } = [];

    public void Add(PurgeApplied batch) => batches[(batch.Epoch, batch.Sequence)] = batch;

    public PurgesReplayed Read(PurgesRequested request)
    {
        Requests.Enqueue(request);
        var after = (request.After.Epoch, request.After.Sequence);
        var upTo = (request.UpTo.Epoch, request.UpTo.Sequence);
        var inInterval = batches.Where(batch => batch.Key.CompareTo(after) > 0 && batch.Key.CompareTo(upTo) <= 0);
        PurgeApplied[] found = [.. inInterval.OrderBy(batch => batch.Key).Select(batch => batch.Value)];
        return new PurgesReplayed(request.After, request.UpTo, found, Complete: after.CompareTo(Horizon) >= 0);
    }
}
