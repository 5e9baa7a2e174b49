using System.Collections.Concurrent;
using LastMile.Events.Messages;
using LastMile.Events.Redis;

namespace RegionAgent.Tests;

/// <summary>A simulated purge log, which answers an agent's requests as an Invalidator does.</summary>
internal sealed class PlayedLog
{
    private readonly ConcurrentDictionary<(long Epoch, long Sequence), PurgeApplied> batches = [];
    private TaskCompletionSource? held;

    /// <summary>The position before which a replay is incomplete.</summary>
    public (long Epoch, long Sequence) Horizon { get; set; }

    /// <summary>The received requests.</summary>
    public ConcurrentQueue<PurgesRequested> Requests { get; } = [];

    /// <summary>The batches after a watermark, in order.</summary>
    public IEnumerable<PurgeApplied> After(Watermark after) =>
        from batch in batches
        where batch.Key.CompareTo((after.Epoch, after.Sequence)) > 0
        orderby batch.Key
        select batch.Value;

    public void Remove(long epoch, long sequence) => batches.TryRemove((epoch, sequence), out _);

    public void Clear() => batches.Clear();

    public void Add(PurgeApplied batch) => batches[(batch.Epoch, batch.Sequence)] = batch;

    /// <summary>Answers no request until the result is disposed.</summary>
    public IDisposable Hold()
    {
        held = new(TaskCreationOptions.RunContinuationsAsynchronously);
        return new Release(held);
    }

    public async Task<PurgesReplayed> ReadAsync(PurgesRequested request)
    {
        if (held is { } hold)
            await hold.Task;
        return Read(request);
    }

    public PurgesReplayed Read(PurgesRequested request)
    {
        Requests.Enqueue(request);
        var after = (request.After.Epoch, request.After.Sequence);
        var upTo = (request.UpTo.Epoch, request.UpTo.Sequence);
        var inInterval = batches.Where(batch => batch.Key.CompareTo(after) > 0 && batch.Key.CompareTo(upTo) <= 0);
        PurgeApplied[] found = [.. inInterval.OrderBy(batch => batch.Key).Select(batch => batch.Value)];
        return new PurgesReplayed(request.After, request.UpTo, found, Complete: after.CompareTo(Horizon) >= 0);
    }

    private sealed class Release(TaskCompletionSource held) : IDisposable
    {
        public void Dispose() => held.TrySetResult();
    }
}
