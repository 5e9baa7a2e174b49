using MassTransit;

namespace LastMile.Events.Invalidator.Regions;

/// <summary>
/// How long this Invalidator has been able to receive reports without interruption. Just after it connects, it can't judge whether a region
/// is silent.
/// </summary>
internal sealed class BusUptime(TimeProvider time) : IReceiveEndpointObserver
{
    private const long NotReady = long.MinValue;

    private long since = NotReady;

    /// <summary>The time since the endpoint last became ready; zero while the bus is down.</summary>
    public TimeSpan Duration => Interlocked.Read(ref since) is not NotReady and var begin ? time.GetElapsedTime(begin) : TimeSpan.Zero;

    /// <summary>
    /// Restarts the count after a pause in which the process read nothing while the bus was up: reports from the pause are still unread.
    /// </summary>
    public void Restart()
    {
        var begin = Interlocked.Read(ref since);
        if (begin != NotReady)
            Interlocked.CompareExchange(ref since, time.GetTimestamp(), begin);
    }

    public Task Ready(ReceiveEndpointReady ready) => Set(time.GetTimestamp());

    public Task Completed(ReceiveEndpointCompleted completed) => Set(NotReady);

    public Task Faulted(ReceiveEndpointFaulted faulted) => Set(NotReady);

    public Task Stopping(ReceiveEndpointStopping stopping) => Set(NotReady);

    private Task Set(long value)
    {
        Interlocked.Exchange(ref since, value);
        return Task.CompletedTask;
    }
}
