using Polly;
using Polly.Retry;

namespace LastMile.Events.Hosting;

/// <summary>The one way to retry: until it works or the service stops, with exponential backoff and jitter from 50 ms to 1 s: purges wait for it.</summary>
public static class Retry
{
    /// <summary>Makes a pipeline that reports each attempt that failed: for health, metrics and debugging. What operators read is an <see cref="Outage"/>.</summary>
    /// <param name="time">The clock that delays follow.</param>
    /// <param name="failed">Called with each failure that is retried.</param>
    /// <param name="isFinal">Failures that are not retried but thrown; null for none.</param>
    public static ResiliencePipeline Forever(TimeProvider time, Action<Exception> failed, Func<Exception, bool>? isFinal = null) =>
        Forever(time, failed, succeeded: () => { }, isFinal);

    /// <summary>Makes a pipeline whose failures in a row are one outage.</summary>
    /// <param name="time">The clock that delays follow.</param>
    /// <param name="outage">Takes note of each attempt.</param>
    /// <param name="isKnown">Failures that something else logs, such as a health check; null for none.</param>
    public static ResiliencePipeline Forever(TimeProvider time, Outage outage, Func<Exception, bool>? isKnown = null)
    {
        ArgumentNullException.ThrowIfNull(outage);
        return Forever(time, Report, outage.Succeeded, isFinal: null);

        void Report(Exception failure)
        {
            if (isKnown?.Invoke(failure) != true)
                outage.Failed(failure);
        }
    }

    private static ResiliencePipeline Forever(TimeProvider time, Action<Exception> failed, Action succeeded, Func<Exception, bool>? isFinal) =>
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

                    return ValueTask.FromResult(!arguments.Context.CancellationToken.IsCancellationRequested && isFinal?.Invoke(exception) != true);
                },
                MaxRetryAttempts = int.MaxValue,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                Delay = TimeSpan.FromMilliseconds(50),
                MaxDelay = TimeSpan.FromSeconds(1),
                OnRetry = arguments =>
                {
                    failed(arguments.Outcome.Exception!);
                    return ValueTask.CompletedTask;
                },
            })
            .Build();
}
