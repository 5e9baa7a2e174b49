using System.Runtime.CompilerServices;

namespace LastMile.Events.Testing;

/// <summary>Waits for the effects of other processes. Tests use no other way to wait.</summary>
public static class Eventually
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan DefaultDeadline = TimeSpan.FromSeconds(60);

    /// <summary>Polls until a condition holds.</summary>
    /// <exception cref="TimeoutException">The condition did not hold in time.</exception>
    public static Task Async(
        Func<bool> condition, TimeSpan? deadline = null, [CallerArgumentExpression(nameof(condition))] string sought = "") =>
        Async(() => Task.FromResult(condition()), value => value, deadline, sought);

    /// <summary>Polls until a condition holds.</summary>
    /// <exception cref="TimeoutException">The condition did not hold in time.</exception>
    public static Task Async(
        Func<Task<bool>> condition, TimeSpan? deadline = null, [CallerArgumentExpression(nameof(condition))] string sought = "") =>
        Async(condition, value => value, deadline, sought);

    /// <summary>Polls until a value matches.</summary>
    /// <param name="probe">Reads the value.</param>
    /// <param name="isMatch">Whether the value matches.</param>
    /// <param name="deadline">How long to poll; a minute by default, because all tests together keep a small machine busy.</param>
    /// <param name="sought">The condition, for the message; filled in by the compiler.</param>
    /// <returns>The first value that matches.</returns>
    /// <exception cref="TimeoutException">No value matched in time; the message contains the last one.</exception>
    public static async Task<T> Async<T>(
        Func<Task<T>> probe,
        Func<T, bool> isMatch,
        TimeSpan? deadline = null,
        [CallerArgumentExpression(nameof(isMatch))] string sought = "")
    {
        var limit = deadline ?? DefaultDeadline;
        using var timer = new PeriodicTimer(Interval);
        using var expiry = new CancellationTokenSource(limit);
        var value = await probe().WaitAsync(limit);
        try
        {
            while (!isMatch(value))
            {
                await timer.WaitForNextTickAsync(expiry.Token);
                value = await probe().WaitAsync(expiry.Token);
            }

            return value;
        }
        catch (OperationCanceledException e) when (expiry.IsCancellationRequested)
        {
            throw new TimeoutException(
                $"Not true within {limit.TotalSeconds:0.#} s: {sought}. Last value: {value?.ToString() ?? "null"}", e);
        }
    }
}
