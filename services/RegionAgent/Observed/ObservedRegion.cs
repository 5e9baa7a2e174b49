using LastMile.Events.Messages;
using LastMile.Events.Redis;

namespace LastMile.Events.RegionAgent.Observed;

/// <summary>What the region's Redis last showed. Thread-safe.</summary>
internal sealed class ObservedRegion(TimeProvider time)
{
    private readonly Lock gate = new();
    private RegionView view = new(default, WatermarkRead: false, Answered: false, LinkState.Unreachable, time.GetTimestamp());
    private long announcements;
    private ReplicationInfo? replication;

    /// <summary>Another watermark is shown than before.</summary>
    public event EventHandler<ShownChangedEventArgs>? ShownChanged;

    /// <summary>All of it, from one moment.</summary>
    public RegionView Current
    {
        get
        {
            lock (gate)
                return view;
        }
    }

    /// <summary>How many watermarks were announced so far: to be taken before reading the key.</summary>
    public long Announcements
    {
        get
        {
            lock (gate)
                return announcements;
        }
    }

    /// <summary>The channel carried a watermark. Handlers may run out of order, so only a newer one counts.</summary>
    public void Announced(Watermark watermark) => Show(() =>
    {
        announcements++;
        return watermark > view.Shown ? view with { Shown = watermark } : view;
    });

    /// <summary>The key was read. It may show less than before: a region can lose its data.</summary>
    /// <param name="watermark">What it holds; <c>default</c> when nothing.</param>
    /// <param name="announcementsBefore"><see cref="Announcements"/> from before the read: what was announced since is newer than the answer.</param>
    public void Read(Watermark watermark, long announcementsBefore) => Show(() =>
        view with { WatermarkRead = true, Shown = announcements == announcementsBefore || watermark > view.Shown ? watermark : view.Shown });

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

    private void Show(Func<RegionView> change)
    {
        Watermark before, after;
        lock (gate)
        {
            before = view.Shown;
            view = change();
            after = view.Shown;
        }

        if (after != before)
            ShownChanged?.Invoke(this, new ShownChangedEventArgs(before, after));
    }
}

/// <summary>A region shows another watermark.</summary>
internal sealed class ShownChangedEventArgs(Watermark before, Watermark after) : EventArgs
{
    /// <summary>The one before; <c>default</c> for none.</summary>
    public Watermark Before { get; } = before;

    /// <summary>The new one; <c>default</c> for none.</summary>
    public Watermark After { get; } = after;
}

/// <summary>What a region's Redis shows.</summary>
/// <param name="Shown">Its watermark; <c>default</c> when it shows none.</param>
/// <param name="WatermarkRead">Whether the watermark was read since the start.</param>
/// <param name="Answered">Whether the server has answered since the start.</param>
/// <param name="Link">Its replication link.</param>
/// <param name="OutSince">Timestamp since when link or server is gone; null when it is not.</param>
internal sealed record RegionView(Watermark Shown, bool WatermarkRead, bool Answered, LinkState Link, long? OutSince)
{
    /// <summary>The history that its replication stream belongs to; null when not known.</summary>
    public string? PrimaryId { get; init; }

    /// <summary>Bytes of that stream that it has.</summary>
    public long Offset { get; init; }

    /// <summary>How often it has copied its primary in full since the agent's start, each time with the loss of what it had cached.</summary>
    public long Copies { get; init; }
}
