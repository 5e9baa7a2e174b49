using System.Diagnostics.CodeAnalysis;

namespace LastMile.Events.Chaos.Load;

/// <summary>Changes products, one change after the other, through all that breaks. Paused between two changes only.</summary>
internal abstract class Writer(Shop shop) : IAsyncDisposable
{
    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(200);

    private readonly SemaphoreSlim turn = new(1, 1);
    private readonly CancellationTokenSource stop = new();
    private Task writing = Task.CompletedTask;

    protected Shop Shop => shop;

    /// <summary>The pause between two changes of a busy shop.</summary>
    protected abstract TimeSpan Pace { get; }

    /// <summary>Begins to write.</summary>
    /// <param name="busy">How busy the shop is: half means twice the pause.</param>
    public void Start(double busy) => writing = WriteAsync(Pace / busy);

    /// <summary>Returns when the change in hand is done, and holds the writer.</summary>
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

    /// <summary>Tries until it works.</summary>
    protected static async Task UntilDoneAsync(Func<Task> action, CancellationToken cancellationToken)
    {
        while (!await TryAsync(action, cancellationToken))
            await Task.Delay(RetryPause, cancellationToken);
    }

    /// <summary>Whether it worked.</summary>
    [SuppressMessage("Design", "CA1031", Justification = "Whatever breaks below an application, it goes on when that is mended.")]
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
