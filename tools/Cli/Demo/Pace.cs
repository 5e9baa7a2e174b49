namespace LastMile.Events.Cli.Demo;

/// <summary>
/// Spreads changes evenly, so that latencies do not include queueing: 100 per second, or as many as finish in ten seconds if that is more.
/// </summary>
internal sealed class Pace(int changes)
{
    private const double PerSecond = 100;
    private const double LongestSeconds = 10;

    private readonly TimeSpan interval = TimeSpan.FromSeconds(1 / Math.Max(PerSecond, changes / LongestSeconds));
    private readonly long start = TimeProvider.System.GetTimestamp();
    private int taken = -1;

    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        var due = interval * Interlocked.Increment(ref taken) - TimeProvider.System.GetElapsedTime(start);
        if (due > TimeSpan.Zero)
            await Task.Delay(due, cancellationToken);
    }
}
