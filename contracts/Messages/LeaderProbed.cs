namespace LastMile.Events.Messages;

/// <summary>
/// Sent by an agent into its region's queue when it has heard nothing for a second, for whichever agent works there: who hears calls knows
/// that it is the one.
/// </summary>
/// <param name="Region">The region's name.</param>
/// <param name="Agent">The sender's instance name.</param>
public sealed record LeaderProbed(string Region, string Agent);
