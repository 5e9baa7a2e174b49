using MassTransit;

namespace LastMile.Events.Invalidator.Regions;

/// <summary>How long this Invalidator has listened to the regions without a break: who has just begun to, can't say who is silent.</summary>
internal sealed class BusUptime(TimeProvider time) : IReceiveEndpointObserver
{
    private const long NotListening = long.MinValue;

    private long since = NotListening;

    /// <summary>Zero while the bus is gone.</summary>
    public TimeSpan Unbroken => Interlocked.Read(ref since) is not NotListening and var begin ? time.GetElapsedTime(begin) : TimeSpan.Zero;

    /// <summary>Nothing was read for a while, though the bus is there: what it has brought meanwhile is still to be read.</summary>
    public void Restart()
    {
        var begin = Interlocked.Read(ref since);
        if (begin != NotListening)
            Interlocked.CompareExchange(ref since, time.GetTimestamp(), begin);
    }

    public Task Ready(ReceiveEndpointReady ready) => Set(time.GetTimestamp());

    public Task Completed(ReceiveEndpointCompleted completed) => Set(NotListening);

    public Task Faulted(ReceiveEndpointFaulted faulted) => Set(NotListening);

    public Task Stopping(ReceiveEndpointStopping stopping) => Set(NotListening);

    private Task Set(long value)
    {
        Interlocked.Exchange(ref since, value);
        return Task.CompletedTask;
    }
}
