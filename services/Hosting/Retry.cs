using Polly;
using Polly.Retry;

namespace LastMile.Events.Hosting;

/// <summary>
/// Retries until the work succeeds or the service stops, with jittered exponential backoff from 50 ms to 1 s. The delays are short because
/// purges wait. All retries use this policy.
/// </summary>
public static class Retry
{
    /// <summary>
    /// Creates a pipeline that reports each failed attempt, for health, metrics and debugging. For operators, use an <see cref="Outage"/>.
    /// </summary>
    /// <param name="time">The clock that delays follow.</param>
    /// <param name="failed">Called with each failure that is retried.</param>
    /// <param name="isFinal">Failures that are thrown instead of retried; null for none.</param>
    public static ResiliencePipeline Forever(TimeProvider time, Action<Exception> failed, Func<Exception, bool>? isFinal = null) =>
        Forever(time, failed, succeeded: () => { }, isFinal);

    /// <summary>Creates a pipeline that treats consecutive failures as one outage.</summary>
    /// <param name="time">The clock that delays follow.</param>
    /// <param name="outage">Records each attempt.</param>
    /// <param name="isKnown">Failures that are logged elsewhere, such as by a health check; null for none.</param>
    /// <param name="longest">The longest delay between two attempts; null for 1 s.</param>
    public static ResiliencePipeline Forever(
        TimeProvider time, Outage outage, Func<Exception, bool>? isKnown = null, TimeSpan? longest = null)
    {
        ArgumentNullException.ThrowIfNull(outage);
        return Forever(time, Report, outage.Succeeded, isFinal: null, longest);

        void Report(Exception failure)
        {
            if (isKnown?.Invoke(failure) != true)
                outage.Failed(failure);
        }
    }

    private static ResiliencePipeline Forever(
        TimeProvider time, Action<Exception> failed, Action succeeded, Func<Exception, bool>? isFinal, TimeSpan? longest = null) =>
        new ResiliencePipelineBuilder { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions
            {
                ShouldHandle = arguments =>
                {
                    if (arguments.Outcome.Exception is not { } exception)
                    {
                        succeeded();
                        return ValueTask.FromResult(false);
                    }

                    var stopping = arguments.Context.CancellationToken.IsCancellationRequested;
                    return ValueTask.FromResult(!stopping && isFinal?.Invoke(exception) != true);
                },
                MaxRetryAttempts = int.MaxValue,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = TimeSpan.FromMilliseconds(50),
                MaxDelay = longest ?? TimeSpan.FromSeconds(1),
                OnRetry = arguments =>
                {
                    failed(arguments.Outcome.Exception!);
                    return ValueTask.CompletedTask;
                },
            })
            .Build();
}
