using LastMile.Events.Caching.Region;
using LastMile.Events.Redis;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LastMile.Events.Caching.Purges;

/// <summary>
/// Whether the region's agent reports that purges arrive in time (<see cref="SoundMarker"/>). If it does not, every read loads its value.
/// Also compares the region's watermark with the purges that this process received.
/// </summary>
internal sealed partial class RegionSoundness(
    RegionConnection connection,
    RedisKeys keys,
    PurgeFeed feed,
    IOptions<LastMileCacheOptions> options,
    TimeProvider time,
    ILogger<RegionSoundness> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private readonly TimedTrust trust = new(time, options.Value.TrustFor);
    private readonly bool isRequired = options.Value.RequireAgent;
    private bool isUnsound;

    /// <summary>Whether the region is sound.</summary>
    public bool Holds => !isRequired || trust.Holds;

    /// <summary>The time at which this ends unless the agent repeats its report, by the <see cref="CoarseClock"/>.</summary>
    public long EndsAt => isRequired ? trust.EndsAt : long.MaxValue;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            try
            {
                await connection.OpenAsync(stoppingToken).ConfigureAwait(false);
                await ReadAsync(stoppingToken).ConfigureAwait(false);
            }
            catch (Exception) when (!stoppingToken.IsCancellationRequested)
            {
                // The trust ends by itself. The purge feed and the reads report the outage.
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false));
    }

    private async Task ReadAsync(CancellationToken cancellationToken)
    {
        var requestedAt = time.GetTimestamp();
        var (isSound, watermark) = await new SoundMarker(connection.Database, keys).ReadAsync().ConfigureAwait(false);
        if (isSound)
            trust.Prove(requestedAt);
        else
            trust.End();
        Report(!isSound);
        await feed.CompareAsync(watermark, cancellationToken).ConfigureAwait(false);
    }

    private void Report(bool unsound)
    {
        if (unsound && !isUnsound && isRequired)
            Log.Unsound(logger, connection.ToString());
        else if (!unsound && isUnsound)
            Log.Sound(logger, connection.ToString());
        isUnsound = unsound;
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "The agent of the region's Redis {Address} has not reported that purges "
            + "arrive in time, so each read loads its value. Check that the agent runs, and its /status. "
            + "Without agents, set RequireAgent to false")]
        public static partial void Unsound(ILogger logger, string address);

        [LoggerMessage(Level = LogLevel.Information, Message = "Purges arrive in time on the region's Redis {Address} again")]
        public static partial void Sound(ILogger logger, string address);
    }
}
