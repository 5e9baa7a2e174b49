namespace LastMile.Events.Messages;

/// <summary>
/// A probe for the region's leader. An agent sends it to its region's queue when it has received nothing for a second. The agent that
/// receives it is the leader, because only the leader consumes the queue.
/// </summary>
/// <param name="Region">The region's name.</param>
/// <param name="Agent">The sender's instance name.</param>
public sealed record LeaderProbed(string Region, string Agent)
{
    /// <summary>
    /// The sender's term as the leader; empty if it was not the leader. A leader that receives its own term has received every message that
    /// the queue held when it took over.
    /// </summary>
    public Guid Term { get; init; }
}
