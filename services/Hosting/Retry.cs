using Polly;
using Polly.Retry;

namespace LastMile.Events.Hosting;

/// <summary>The one way to retry: until it works or the service stops, with exponential backoff and jitter from 50 ms to 1 s: purges wait for it.</summary>
public static class Retry
{
    /// <summary>Makes a pipeline that reports how each attempt went.</summary>
    /// <param name="time">The clock that delays follow.</param>
    /// <param name="failed">Called with each failure that is retried.</param>
    /// <param name="isFinal">Failures that are not retried but thrown; null for none.</param>
    public static ResiliencePipeline Forever(TimeProvider time, Action<Exception> failed, Func<Exception, bool>? isFinal = null) =>
        new ResiliencePipelineBuilder { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions
            {
                ShouldHandle = arguments => ValueTask.FromResult(
                    arguments.Outcome.Exception is { } exception
                    && !arguments.Context.CancellationToken.IsCancellationRequested
                    && isFinal?.Invoke(exception) != true),
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
