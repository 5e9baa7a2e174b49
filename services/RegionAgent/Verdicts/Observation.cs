using LastMile.Events.Messages;
using LastMile.Events.Redis;

namespace LastMile.Events.RegionAgent.Verdicts;

/// <summary>A moment, for measuring and for people.</summary>
/// <param name="Clock">Monotonic, from the agent's start.</param>
/// <param name="At">By the agent's clock on the wall, which may jump.</param>
internal readonly record struct Moment(TimeSpan Clock, DateTimeOffset At)
{
    /// <summary>A moment before this one.</summary>
    public Moment Before(TimeSpan span) => new(Clock - span, At - span);
}

/// <summary>All that a judgement rests on.</summary>
internal sealed record Observation
{
    /// <summary>When it was made.</summary>
    public Moment Now { get; init; }

    /// <summary>Whether the bus told anything since the start.</summary>
    public bool Received { get; init; }

    /// <summary>For how long it has told nothing since; means nothing before <see cref="Heard"/>.</summary>
    public TimeSpan MessageAge { get; init; }

    /// <summary>Whether the region's watermark was read since the start.</summary>
    public bool Seen { get; init; }

    /// <summary>The newest watermark expected; <c>default</c> for none.</summary>
    public Watermark Expected { get; init; }

    /// <summary>The watermark that the region shows; <c>default</c> for none.</summary>
    public Watermark Observed { get; init; }

    /// <summary>The age of the oldest purge that the region lacks.</summary>
    public TimeSpan Lag { get; init; }

    /// <summary>Batches that it lacks.</summary>
    public long Behind { get; init; }

    /// <summary>Replication stream that it lacks, in bytes; null where that is not known.</summary>
    public long? BehindBytes { get; init; }

    /// <summary>Batches that arrived late since the last observation.</summary>
    public long Late { get; init; }

    /// <summary>Keys that the agent dropped itself, because replication had not, and that no episode has counted yet.</summary>
    public long Repaired { get; init; }

    /// <summary>Replicated commands that the region's Redis has refused since the last observation.</summary>
    public long Refused { get; init; }

    /// <summary>Whether commands were refused just now, or one of the purges that may be among them is not done yet.</summary>
    public bool Diverged { get; init; }

    /// <summary>The replication link.</summary>
    public LinkState Link { get; init; }

    /// <summary>For how long link or server is gone; zero when it is not.</summary>
    public TimeSpan OutFor { get; init; }

    /// <summary>The name that an episode gets if it begins here: given, so that the policy stays a function.</summary>
    public Guid NextEpisode { get; init; }
}
