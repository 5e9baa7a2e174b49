namespace LastMile.Events.Messages;

/// <summary>
/// A probe for the region's active agent. An agent sends it to its region's queue when it has received nothing for a second; the agent that
/// receives it is active, because only the active agent consumes the queue.
/// </summary>
/// <param name="Region">The region's name.</param>
/// <param name="Agent">The sender's instance name.</param>
public sealed record LeaderProbed(string Region, string Agent);
