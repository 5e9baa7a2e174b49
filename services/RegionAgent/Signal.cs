using System.Threading.Channels;

namespace LastMile.Events.RegionAgent;

/// <summary>Wakes one waiter. Many calls before it looks are one.</summary>
internal sealed class Signal(TimeProvider time)
{
    private readonly Channel<bool> raised = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    /// <summary>Wakes the waiter, or the next to come.</summary>
    public void Raise() => raised.Writer.TryWrite(true);

    /// <summary>Waits for the next call, or until it is time to look without one. It may end once too often, never once too seldom.</summary>
    public async Task WaitAsync(TimeSpan atMost, CancellationToken cancellationToken)
    {
        await using var timer = time.CreateTimer(_ => Raise(), null, atMost, Timeout.InfiniteTimeSpan);
        await raised.Reader.ReadAsync(cancellationToken);
    }
}
