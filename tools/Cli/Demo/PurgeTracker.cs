using System.Collections.Concurrent;
using System.Diagnostics;

namespace LastMile.Events.Cli.Demo;

/// <summary>Tracks changes until the last of their keys is gone in each region. Thread-safe.</summary>
internal sealed class PurgeTracker(IReadOnlyList<string> regions)
{
    private readonly ConcurrentDictionary<string, Change> byKey = new(StringComparer.Ordinal);
    private readonly ConcurrentBag<Change> changes = [];
    private readonly TaskCompletionSource allGone = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // The initial 1 keeps the count above 0 until no more changes are expected.
    private int outstanding = 1;

    /// <summary>Declares that no more changes follow. Completes when every key of every change is gone in every region.</summary>
    public Task AllGoneAsync()
    {
        Settle();
        return allGone.Task;
    }

    /// <summary>Registers the keys that a change will purge. Every region must hold them.</summary>
    public Change Expect(params string[] keys)
    {
        var change = new Change(regions.Count, keys.Length);
        changes.Add(change);
        Interlocked.Add(ref outstanding, regions.Count * keys.Length);
        foreach (var key in keys)
            byKey[key] = change;
        return change;
    }

    /// <summary>Records that a key is gone in a region.</summary>
    public void Gone(int region, string key, long timestamp)
    {
        if (byKey.TryGetValue(key, out var change) && change.Gone(region, timestamp))
            Settle();
    }

    /// <summary>Returns how many changes are purged in a region, and their sorted latencies in milliseconds from the commit.</summary>
    public (int Purged, double[] Milliseconds) Of(int region)
    {
        var latencies = changes.Select(change => change.Latency(region))
            .OfType<TimeSpan>()
            .Select(latency => latency.TotalMilliseconds)
            .Order()
            .ToArray();
        return (latencies.Length, latencies);
    }

    private void Settle()
    {
        if (Interlocked.Decrement(ref outstanding) == 0)
            allGone.TrySetResult();
    }

    /// <summary>One change and its keys.</summary>
    internal sealed class Change(int regions, int keys)
    {
        private readonly int[] left = [.. Enumerable.Repeat(keys, regions)];
        private readonly long[] goneAt = new long[regions];
        private long committedAt;

        /// <summary>Records that the database has committed the change, or that its message is about to be published.</summary>
        public void Committed() => Volatile.Write(ref committedAt, Stopwatch.GetTimestamp());

        internal bool Gone(int region, long timestamp)
        {
            if (Interlocked.Decrement(ref left[region]) is var remaining && remaining == 0)
                Volatile.Write(ref goneAt[region], timestamp);
            return remaining >= 0;
        }

        // A purge may arrive before its writer sees the commit return; that counts as 0.
        internal TimeSpan? Latency(int region) =>
            Volatile.Read(ref goneAt[region]) is not 0 and var gone && Volatile.Read(ref committedAt) is not 0 and var committed
                ? Stopwatch.GetElapsedTime(Math.Min(committed, gone), gone)
                : null;
    }
}
