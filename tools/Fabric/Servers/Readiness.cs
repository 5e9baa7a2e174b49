namespace LastMile.Events.Fabric;

/// <summary>Waits until a server that is starting answers.</summary>
internal static class Readiness
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    /// <summary>Asks until the answer is yes. A question that fails is a no.</summary>
    /// <param name="isReady">The question, put to the server itself.</param>
    /// <param name="ended">Why there is no point in asking on, or null.</param>
    /// <param name="deadline">How long to ask.</param>
    /// <param name="cancellationToken">Gives up at once.</param>
    /// <returns>Null when ready, else why it is not.</returns>
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
