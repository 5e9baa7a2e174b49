namespace LastMile.Events.Messages;

/// <summary>Said by each RegionAgent each second: how its region stands.</summary>
/// <param name="Region">The region's name, such as <c>ams</c>.</param>
/// <param name="Verdict">The agent's verdict, such as <c>Converged</c> or <c>Lagging</c>.</param>
/// <param name="Epoch">The epoch of the watermark that the region shows; 0 when it shows none.</param>
/// <param name="Sequence">The sequence of that watermark.</param>
/// <param name="LagMilliseconds">The age of the oldest purge that the region has not applied; 0 when it has applied all.</param>
/// <param name="At">When, by the agent's clock.</param>
public sealed record RegionReported(string Region, string Verdict, long Epoch, long Sequence, double LagMilliseconds, DateTimeOffset At);
