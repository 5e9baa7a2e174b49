using LastMile.Events.Redis;

namespace LastMile.Events.Invalidator.Purging;

/// <summary>Checks the source of the watermarks, opens its epoch, and reads its newest watermark.</summary>
internal interface IWatermarkMonitor
{
    /// <summary>The newest watermark when it was last read; null before that, or if there is none.</summary>
    Watermark? Watermark { get; }

    /// <summary>Checks the source once.</summary>
    /// <returns>Its state; null if it has no watermark, or if a server does not answer.</returns>
    Task<WatermarkState?> CheckAsync(CancellationToken cancellationToken);
}

/// <summary>The newest watermark. Every region receives it, and the purges up to it.</summary>
/// <param name="Watermark">The watermark.</param>
/// <param name="Replication">The primary's replication state, read after the watermark; null without a primary.</param>
internal sealed record WatermarkState(Watermark Watermark, ReplicationInfo? Replication);
