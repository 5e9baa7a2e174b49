using Microsoft.Extensions.Hosting;

namespace LastMile.Events.Hosting;

/// <summary>
/// Returns memory to the system when the service becomes idle. After a burst, .NET keeps memory until the next garbage collection, which an
/// idle service does not trigger.
/// </summary>
internal sealed class IdleMemory(TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(15);

    // Health checks and heartbeats allocate only a fraction of IdleBytes between two checks. A collection is worth its cost only when more
    // than WorthBytes have been allocated since the last one.
    private const long IdleBytes = 8_000_000;
    private const long WorthBytes = 16_000_000;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(CheckInterval, time);
        var (last, released) = (0L, 0L);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            var allocated = GC.GetTotalAllocatedBytes();
            if (allocated - last < IdleBytes && allocated - released > WorthBytes)
            {
                // The mode for this purpose: https://learn.microsoft.com/dotnet/api/system.gccollectionmode
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
                released = allocated;
            }

            last = allocated;
        }
    }
}
