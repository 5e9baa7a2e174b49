using LastMile.Events.Messages;
using LastMile.Events.Redis;

namespace LastMile.Events.RegionAgent.Verdicts;

/// <summary>A moment on two clocks: one for measuring, one for people.</summary>
/// <param name="Clock">Monotonic time since the agent's start.</param>
/// <param name="At">The agent's wall-clock time, which may jump.</param>
internal readonly record struct Moment(TimeSpan Clock, DateTimeOffset At)
{
    /// <summary>Returns an earlier moment.</summary>
    public Moment Before(TimeSpan span) => new(Clock - span, At - span);
}

/// <summary>The complete input of a verdict.</summary>
internal sealed record Observation
{
    /// <summary>The time of the observation.</summary>
    public Moment Now { get; init; }

    /// <summary>Whether the agent has received a message from the bus since its start.</summary>
    public bool Received { get; init; }

    /// <summary>The time since the last message from the bus; meaningless while <see cref="Received"/> is false.</summary>
    public TimeSpan MessageAge { get; init; }

    /// <summary>Whether the agent has read the region's watermark since its start.</summary>
    public bool Seen { get; init; }

    /// <summary>The newest expected watermark; <c>default</c> for none.</summary>
    public Watermark Expected { get; init; }

    /// <summary>The watermark on the region's Redis; <c>default</c> for none.</summary>
    public Watermark Observed { get; init; }

    /// <summary>The age of the oldest purge that is missing in the region.</summary>
    public TimeSpan Lag { get; init; }

    /// <summary>The number of missing batches.</summary>
    public long Behind { get; init; }

    /// <summary>How far the replica's replication offset is behind the primary's, in bytes; null when unknown.</summary>
    public long? BehindBytes { get; init; }

    /// <summary>Batches that arrived late since the last observation.</summary>
    public long Late { get; init; }

    /// <summary>Keys that the agent dropped because replication was late, and that no episode has counted yet.</summary>
    public long Repaired { get; init; }

    /// <summary>Replicated commands that the region's Redis refused since the last observation.</summary>
    public long Refused { get; init; }

    /// <summary>Whether commands were refused just now, or a purge that may be among them is not applied yet.</summary>
    public bool Diverged { get; init; }

    /// <summary>The replication link.</summary>
    public LinkState Link { get; init; }

    /// <summary>How long the link or the server has been down; zero when both are up.</summary>
    public TimeSpan OutFor { get; init; }

    /// <summary>The id of an episode that begins with this observation. An input, so that the policy stays a pure function.</summary>
    public Guid NextEpisode { get; init; }
}
