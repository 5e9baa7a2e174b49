using Microsoft.Extensions.DependencyInjection;

namespace Invalidator.Tests;

/// <summary>Runs several times as fast as the clock on the wall: a service's seconds of patience pass in fewer. Timestamps keep their order.</summary>
/// <param name="speed">How many times as fast.</param>
internal sealed class FastClock(int speed) : TimeProvider
{
    /// <summary>Gives some parts of a service such a clock; all others keep the one on the wall.</summary>
    /// <param name="speed">How many times as fast.</param>
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
