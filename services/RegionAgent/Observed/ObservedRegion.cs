using LastMile.Events.Hosting;
using LastMile.Events.Messages;
using LastMile.Events.Redis;

namespace LastMile.Events.RegionAgent.Observed;

/// <summary>The last observed state of the region's Redis. Thread-safe.</summary>
internal sealed class ObservedRegion(TimeProvider time)
{
    private readonly Lock gate = new();
    private RegionSnapshot view = new(default, WatermarkRead: false, Answered: false, LinkState.Unreachable, time.GetTimestamp());
    private long announcements;
    private ReplicationInfo? replication;
    private RegionSample? sample;

    /// <summary>Raised when a sample shows a different watermark or count of refused commands than the previous sample.</summary>
    public event EventHandler<RegionSampledEventArgs>? Sampled;

    /// <summary>Raised by each <see cref="Announced"/>, so that the observer samples the region.</summary>
    public Signal Announcement { get; } = new(time);

    /// <summary>A consistent snapshot.</summary>
    public RegionSnapshot Current
    {
        get
        {
            lock (gate)
                return view;
        }
    }

    /// <summary>How many watermarks were announced so far. Read it before a sample.</summary>
    public long Announcements
    {
        get
        {
            lock (gate)
                return announcements;
        }
    }

    /// <summary>
    /// Records that the channel announced a watermark. An announcement proves nothing; only a sample reads the watermark together with the
    /// count of refused commands.
    /// </summary>
    public void Announced()
    {
        lock (gate)
            announcements++;
        Announcement.Raise();
    }

    /// <summary>Records a sample. Its watermark may be older than the previous one, because a region can lose its data.</summary>
    /// <param name="seen">The sample. Samples don't overlap.</param>
    public void RecordSample(RegionSample seen)
    {
        RegionSample? before;
        lock (gate)
        {
            (before, sample) = (sample, seen);
            view = view with { WatermarkRead = true, Shown = seen.Shown, Run = seen.Errors.Run, Evicted = seen.Evicted };
        }

        if (before is null || (before.Shown, before.Errors) != (seen.Shown, seen.Errors))
            Sampled?.Invoke(this, new RegionSampledEventArgs(before?.Shown ?? default, seen));
    }

    /// <summary>Records the server's eviction policy.</summary>
    public void RecordMemory(MemoryInfo memory)
    {
        lock (gate)
            view = view with { EvictsKeysWithoutTtl = memory.EvictsKeysWithoutTtl };
    }

    /// <summary>Records the state of the replication link.</summary>
    /// <param name="link">The state.</param>
    /// <param name="polledAt">The timestamp at which the agent polled the server; an outage begins there.</param>
    public void RecordLink(LinkState link, long polledAt)
    {
        lock (gate)
            view = view with
            {
                Answered = view.Answered || link != LinkState.Unreachable,
                Link = link,
                OutSince = link is LinkState.Down or LinkState.Unreachable ? view.OutSince ?? polledAt : null,
            };
    }

    /// <summary>Records the server's replication state, and counts a full resync.</summary>
    public void RecordReplication(ReplicationInfo info)
    {
        lock (gate)
        {
            var copied = replication is { } earlier && info.HasResyncedSince(earlier);
            view = view with { PrimaryId = info.Identity, Offset = info.Offset, Copies = view.Copies + (copied ? 1 : 0) };
            replication = info;
        }
    }
}

/// <summary>A sample, with the previous watermark.</summary>
internal sealed class RegionSampledEventArgs(Watermark before, RegionSample sample) : EventArgs
{
    /// <summary>The previous watermark; <c>default</c> for none.</summary>
    public Watermark Before { get; } = before;

    /// <summary>The current sample.</summary>
    public RegionSample Sample { get; } = sample;
}

/// <summary>The observed state of a region's Redis.</summary>
/// <param name="Shown">Its watermark; <c>default</c> for none.</param>
/// <param name="WatermarkRead">Whether the agent has read the watermark since its start.</param>
/// <param name="Answered">Whether the server has answered since the agent's start.</param>
/// <param name="Link">Its replication link.</param>
/// <param name="OutSince">The timestamp at which the link or the server went down; null when both are up.</param>
internal sealed record RegionSnapshot(Watermark Shown, bool WatermarkRead, bool Answered, LinkState Link, long? OutSince)
{
    /// <summary>The run of the server that showed the watermark; empty before the first sample.</summary>
    public string Run { get; init; } = "";

    /// <summary>Whether its eviction policy may evict tag generations.</summary>
    public bool EvictsKeysWithoutTtl { get; init; }

    /// <summary>Keys evicted since the server's start.</summary>
    public long Evicted { get; init; }

    /// <summary>The replication id of its primary's history; null when unknown.</summary>
    public string? PrimaryId { get; init; }

    /// <summary>Its replication offset in that history, in bytes.</summary>
    public long Offset { get; init; }

    /// <summary>Full resyncs since the agent's start. Each one drops the region's cached entries.</summary>
    public long Copies { get; init; }
}
