using System.Threading.Channels;

namespace LastMile.Events.Hosting;

/// <summary>Wakes one waiter. Several signals before the waiter runs count as one.</summary>
public sealed class Signal(TimeProvider time)
{
    private readonly Channel<bool> raised = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    /// <summary>Wakes the waiter, or the next caller that waits.</summary>
    public void Raise() => raised.Writer.TryWrite(true);

    /// <summary>Waits for the next signal, without a timeout.</summary>
    public async Task WaitAsync(CancellationToken cancellationToken) => await raised.Reader.ReadAsync(cancellationToken);

    /// <summary>Waits for the next signal or for the timeout. It may return without a signal, but it never misses one.</summary>
    public async Task WaitAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        await using var timer = time.CreateTimer(_ => Raise(), null, timeout, Timeout.InfiniteTimeSpan);
        await WaitAsync(cancellationToken);
    }
}
