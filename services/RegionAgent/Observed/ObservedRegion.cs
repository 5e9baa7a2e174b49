using LastMile.Events.Messages;
using LastMile.Events.Redis;

namespace LastMile.Events.RegionAgent.Observed;

/// <summary>What the region's Redis last showed. Thread-safe.</summary>
internal sealed class ObservedRegion(TimeProvider time)
{
    private readonly Lock gate = new();
    private RegionSnapshot view = new(default, WatermarkRead: false, Answered: false, LinkState.Unreachable, time.GetTimestamp());
    private long announcements;
    private ReplicationInfo? replication;
    private RegionLook? look;

    /// <summary>A look has shown another watermark than the one before it, or other errors of the replication stream.</summary>
    public event EventHandler<RegionLookedEventArgs>? Looked;

    /// <summary>Raised by each <see cref="Announced"/>: it is time to look.</summary>
    public Signal Announcement { get; } = new(time);

    /// <summary>All of it, from one moment.</summary>
    public RegionSnapshot Current
    {
        get
        {
            lock (gate)
                return view;
        }
    }

    /// <summary>How many watermarks were announced so far: to be taken before a look.</summary>
    public long Announcements
    {
        get
        {
            lock (gate)
                return announcements;
        }
    }

    /// <summary>The channel carried a watermark. That alone proves nothing: a look shows with it what the region has refused.</summary>
    public void Announced()
    {
        lock (gate)
            announcements++;
        Announcement.Raise();
    }

    /// <summary>The region was looked at. It may show less than before: a region can lose its data.</summary>
    /// <param name="seen">What it showed. Looks come one after the other.</param>
    public void See(RegionLook seen)
    {
        RegionLook? before;
        lock (gate)
        {
            (before, look) = (look, seen);
            view = view with { WatermarkRead = true, Shown = seen.Shown, Evicted = seen.Evicted };
        }

        if (before is null || (before.Shown, before.Errors) != (seen.Shown, seen.Errors))
            Looked?.Invoke(this, new RegionLookedEventArgs(before?.Shown ?? default, seen));
    }

    /// <summary>The server has said what it does when its memory is full.</summary>
    public void Evicts(MemoryInfo memory)
    {
        lock (gate)
            view = view with { EvictsLasting = memory.EvictsLasting };
    }

    /// <summary>The link was seen in a state.</summary>
    /// <param name="link">The state.</param>
    /// <param name="asked">When the server was asked: a server that gives no answer is gone since then.</param>
    public void Linked(LinkState link, long asked)
    {
        lock (gate)
            view = view with
            {
                Answered = view.Answered || link != LinkState.Unreachable,
                Link = link,
                OutSince = link is LinkState.Down or LinkState.Unreachable ? view.OutSince ?? asked : null,
            };
    }

    /// <summary>The server told of its replication.</summary>
    public void Replicates(ReplicationInfo info)
    {
        lock (gate)
        {
            var copied = replication is { } earlier && info.WasCopiedSince(earlier);
            view = view with { PrimaryId = info.Identity, Offset = info.Offset, Copies = view.Copies + (copied ? 1 : 0) };
            replication = info;
        }
    }
}

/// <summary>A region was looked at.</summary>
internal sealed class RegionLookedEventArgs(Watermark before, RegionLook look) : EventArgs
{
    /// <summary>The watermark that it showed before; <c>default</c> for none.</summary>
    public Watermark Before { get; } = before;

    /// <summary>What it shows now.</summary>
    public RegionLook Look { get; } = look;
}

/// <summary>What a region's Redis shows.</summary>
/// <param name="Shown">Its watermark; <c>default</c> when it shows none.</param>
/// <param name="WatermarkRead">Whether the watermark was read since the start.</param>
/// <param name="Answered">Whether the server has answered since the start.</param>
/// <param name="Link">Its replication link.</param>
/// <param name="OutSince">Timestamp since when link or server is gone; null when it is not.</param>
internal sealed record RegionSnapshot(Watermark Shown, bool WatermarkRead, bool Answered, LinkState Link, long? OutSince)
{
    /// <summary>Whether it may evict tag generations, as it is set up.</summary>
    public bool EvictsLasting { get; init; }

    /// <summary>Keys that it has evicted since its start.</summary>
    public long Evicted { get; init; }

    /// <summary>The history that its replication stream belongs to; null when not known.</summary>
    public string? PrimaryId { get; init; }

    /// <summary>Bytes of that stream that it has.</summary>
    public long Offset { get; init; }

    /// <summary>How often it has copied its primary in full since the agent's start, each time with the loss of what it had cached.</summary>
    public long Copies { get; init; }
}
