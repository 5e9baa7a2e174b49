using Microsoft.Extensions.Hosting;

namespace LastMile.Events.Hosting;

/// <summary>
/// Gives memory back to the system when a service has become idle. .NET keeps what a flood took until it collects garbage again, and a
/// service with nothing to do makes none.
/// </summary>
internal sealed class IdleMemory(TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(15);

    // Idle: less garbage between two looks than health checks and heartbeats make several times over. Worth it: several times that since.
    private const long IdleBytes = 8_000_000;
    private const long WorthBytes = 16_000_000;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(LookInterval, time);
        var (last, released) = (0L, 0L);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            var allocated = GC.GetTotalAllocatedBytes();
            if (allocated - last < IdleBytes && allocated - released > WorthBytes)
            {
                // What the runtime offers for just this: https://learn.microsoft.com/dotnet/api/system.gccollectionmode
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
                released = allocated;
            }

            last = allocated;
        }
    }
}
