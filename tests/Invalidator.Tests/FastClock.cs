using Microsoft.Extensions.DependencyInjection;

namespace Invalidator.Tests;

/// <summary>
/// A clock that runs several times faster than real time, which shortens a service's timeouts. Timestamps keep their order.
/// </summary>
/// <param name="speed">The factor by which it is faster.</param>
internal sealed class FastClock(int speed) : TimeProvider
{
    /// <summary>Registers some classes of a service with a fast clock; all others keep the real one.</summary>
    /// <param name="speed">The factor by which the clock is faster.</param>
    /// <param name="parts">The classes, each registered as itself.</param>
    public static Action<IServiceCollection> For(int speed, params Type[] parts) => services =>
    {
        var clock = new FastClock(speed);
        foreach (var part in parts)
            services.AddSingleton(part, provider => ActivatorUtilities.CreateInstance(provider, part, clock));
    };

    public override long GetTimestamp() => TimeProvider.System.GetTimestamp() * speed;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        new FastTimer(TimeProvider.System.CreateTimer(callback, state, Shorten(dueTime), Shorten(period)), Shorten);

    private TimeSpan Shorten(TimeSpan time) => time == Timeout.InfiniteTimeSpan ? time : time / speed;

    private sealed class FastTimer(ITimer timer, Func<TimeSpan, TimeSpan> shorten) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => timer.Change(shorten(dueTime), shorten(period));

        public void Dispose() => timer.Dispose();

        public ValueTask DisposeAsync() => timer.DisposeAsync();
    }
}
