using System.Diagnostics.CodeAnalysis;

namespace LastMile.Events.Chaos.Load;

/// <summary>Makes one change at a time, and retries through all faults. It pauses only between two changes.</summary>
internal abstract class Writer(Shop shop) : IAsyncDisposable
{
    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(200);

    private readonly SemaphoreSlim turn = new(1, 1);
    private readonly CancellationTokenSource stop = new();
    private Task writing = Task.CompletedTask;

    protected Shop Shop => shop;

    /// <summary>The time from one change to the next, at a load factor of 1.</summary>
    protected abstract TimeSpan Pace { get; }

    /// <summary>Starts writing.</summary>
    /// <param name="busy">The load factor: 0.5 doubles the time between changes.</param>
    public void Start(double busy) => writing = WriteAsync(Pace / busy);

    /// <summary>Pauses the writer; returns when its current change is done.</summary>
    public Task PauseAsync(CancellationToken cancellationToken) => turn.WaitAsync(cancellationToken);

    public void Resume() => turn.Release();

    public virtual async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        turn.Dispose();
        stop.Dispose();
    }

    /// <summary>Makes one change.</summary>
    protected abstract Task ChangeAsync(CancellationToken cancellationToken);

    /// <summary>Retries an action until it succeeds.</summary>
    protected static async Task UntilDoneAsync(Func<Task> action, CancellationToken cancellationToken)
    {
        while (!await TryAsync(action, cancellationToken))
            await Task.Delay(RetryPause, cancellationToken);
    }

    /// <summary>Tries an action; returns whether it succeeded.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "An application continues after any failure once the failure is mended.")]
    protected static async Task<bool> TryAsync(Func<Task> action, CancellationToken cancellationToken)
    {
        try
        {
            await action();
            return true;
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    private async Task WriteAsync(TimeSpan pace)
    {
        using var timer = new PeriodicTimer(pace);
        while (await timer.WaitForNextTickAsync(stop.Token))
        {
            await turn.WaitAsync(stop.Token);
            try
            {
                await ChangeAsync(stop.Token);
            }
            finally
            {
                turn.Release();
            }
        }
    }
}
