using System.Collections.Concurrent;
using System.Diagnostics;

namespace LastMile.Events.Cli.Demo;

/// <summary>Follows changes to the moment when the last of their keys is gone in each region. Thread-safe.</summary>
internal sealed class PurgeTracker(IReadOnlyList<string> regions)
{
    private readonly ConcurrentDictionary<string, Change> byKey = new(StringComparer.Ordinal);
    private readonly ConcurrentBag<Change> changes = [];
    private readonly TaskCompletionSource allGone = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // One stands for the changes that may still be expected.
    private int outstanding = 1;

    /// <summary>Says that no more changes come. Ends when every key of every change is gone in every region.</summary>
    public Task AllGoneAsync()
    {
        Settle();
        return allGone.Task;
    }

    /// <summary>Says which keys a change purges, before it is made. Every region holds them.</summary>
    public Change Expect(params string[] keys)
    {
        var change = new Change(regions.Count, keys.Length);
        changes.Add(change);
        Interlocked.Add(ref outstanding, regions.Count * keys.Length);
        foreach (var key in keys)
            byKey[key] = change;
        return change;
    }

    /// <summary>A key is gone in a region.</summary>
    public void Gone(int region, string key, long timestamp)
    {
        if (byKey.TryGetValue(key, out var change) && change.Gone(region, timestamp))
            Settle();
    }

    /// <summary>How many changes are purged in a region, and how fast: milliseconds from commit, sorted.</summary>
    public (int Purged, double[] Milliseconds) Of(int region)
    {
        var latencies = changes.Select(change => change.Latency(region)).OfType<TimeSpan>().Select(latency => latency.TotalMilliseconds).Order().ToArray();
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

        /// <summary>The database, or the bus, has it.</summary>
        public void Committed() => Volatile.Write(ref committedAt, Stopwatch.GetTimestamp());

        internal bool Gone(int region, long timestamp)
        {
            if (Interlocked.Decrement(ref left[region]) is var remaining && remaining == 0)
                Volatile.Write(ref goneAt[region], timestamp);
            return remaining >= 0;
        }

        // A purge may overtake the news of its own commit: that took no time that anybody could notice.
        internal TimeSpan? Latency(int region) =>
            Volatile.Read(ref goneAt[region]) is not 0 and var gone && Volatile.Read(ref committedAt) is not 0 and var committed
                ? Stopwatch.GetElapsedTime(Math.Min(committed, gone), gone)
                : null;
    }
}
