namespace LastMile.Events.Fabric;

/// <summary>Waits until a starting server is ready.</summary>
internal static class Readiness
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    /// <summary>Polls until the server is ready. A check that throws counts as not ready.</summary>
    /// <param name="isReady">Checks the server itself.</param>
    /// <param name="ended">Returns why polling is pointless, such as an exited process; otherwise null.</param>
    /// <param name="deadline">How long to poll.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>Null when the server is ready; otherwise the reason why it is not.</returns>
    public static async Task<string?> WaitAsync(
        Func<CancellationToken, Task<bool>> isReady, Func<string?> ended, TimeSpan deadline, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(deadline);
        using var timer = new PeriodicTimer(Interval);
        var lastAnswer = "no answer";
        try
        {
            do
            {
                if (ended() is { } reason)
                    return reason;
                try
                {
                    if (await isReady(limit.Token))
                        return null;
                    lastAnswer = "not ready";
                }
                catch (Exception e) when (e is not OperationCanceledException || !limit.IsCancellationRequested)
                {
                    lastAnswer = e.Message;
                }
            }
            while (await timer.WaitForNextTickAsync(limit.Token));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The deadline passed.
        }

        return $"it was not ready after {deadline.TotalSeconds:0.#} s ({lastAnswer}).";
    }
}
