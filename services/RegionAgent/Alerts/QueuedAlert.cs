using LastMile.Events.Messages;

namespace LastMile.Events.RegionAgent.Alerts;

/// <summary>An alert about an episode.</summary>
/// <param name="Message">A <see cref="ReplicaLagDetected"/> or a <see cref="ReplicaLagRecovered"/>.</param>
internal sealed record QueuedAlert(object Message)
{
    /// <summary>The time as the leader in which the agent raised it: <see cref="Leadership.LeadershipState.Term"/>.</summary>
    public Guid Term { get; init; }

    /// <summary>The episode that the alert belongs to.</summary>
    public Guid Episode => Message is ReplicaLagDetected detected ? detected.Episode : ((ReplicaLagRecovered)Message).Episode;

    /// <summary>Whether the alert ends the episode.</summary>
    public bool EndsEpisode => Message is ReplicaLagRecovered;
}
