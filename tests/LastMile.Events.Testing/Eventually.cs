using System.Runtime.CompilerServices;

namespace LastMile.Events.Testing;

/// <summary>Waits for what other processes bring about: the one way to wait in tests.</summary>
public static class Eventually
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan DefaultDeadline = TimeSpan.FromSeconds(20);

    /// <summary>Looks until a condition holds.</summary>
    /// <exception cref="TimeoutException">It did not in time.</exception>
    public static Task Async(
        Func<bool> condition, TimeSpan? deadline = null, [CallerArgumentExpression(nameof(condition))] string sought = "") =>
        Async(() => Task.FromResult(condition()), value => value, deadline, sought);

    /// <summary>Looks until a condition holds.</summary>
    /// <exception cref="TimeoutException">It did not in time.</exception>
    public static Task Async(
        Func<Task<bool>> condition, TimeSpan? deadline = null, [CallerArgumentExpression(nameof(condition))] string sought = "") =>
        Async(condition, value => value, deadline, sought);

    /// <summary>Looks until a value is as it should be.</summary>
    /// <param name="probe">Takes a look.</param>
    /// <param name="isAsSought">Judges it.</param>
    /// <param name="deadline">How long to look on; 20 seconds unless told.</param>
    /// <param name="sought">Filled in by the compiler, for the message.</param>
    /// <returns>The value that is as it should be.</returns>
    /// <exception cref="TimeoutException">None was in time; the message holds the last value.</exception>
    public static async Task<T> Async<T>(
        Func<Task<T>> probe,
        Func<T, bool> isAsSought,
        TimeSpan? deadline = null,
        [CallerArgumentExpression(nameof(isAsSought))] string sought = "")
    {
        var limit = deadline ?? DefaultDeadline;
        using var timer = new PeriodicTimer(Interval);
        using var expiry = new CancellationTokenSource(limit);
        var value = await probe().WaitAsync(limit);
        try
        {
            while (!isAsSought(value))
            {
                await timer.WaitForNextTickAsync(expiry.Token);
                value = await probe().WaitAsync(expiry.Token);
            }

            return value;
        }
        catch (OperationCanceledException e) when (expiry.IsCancellationRequested)
        {
            throw new TimeoutException($"Not within {limit.TotalSeconds:0.#} s: {sought}. Last seen: {value?.ToString() ?? "null"}", e);
        }
    }
}
