using System.Collections.Concurrent;
using MassTransit;
using Microsoft.Extensions.Options;

namespace LastMile.Events.Hosting;

/// <summary>
/// Remembers of each receive endpoint how its queue differs from what the service declares, until the endpoint is ready. MassTransit closes a
/// channel that the broker refused while its declaration is still in flight, so that some of an endpoint's failures do not hold the reason.
/// </summary>
internal sealed class QueueMismatches(IOptions<RabbitMqOptions> options) : IReceiveEndpointObserver
{
    private readonly ConcurrentDictionary<Uri, string> mismatches = [];

    /// <summary>All of them with what to do about each; null when there is none.</summary>
    public string? Explanation => mismatches.IsEmpty ? null : string.Join(' ', mismatches.Values.Order(StringComparer.Ordinal));

    public Task Ready(ReceiveEndpointReady ready)
    {
        mismatches.TryRemove(ready.InputAddress, out _);
        return Task.CompletedTask;
    }

    public Task Faulted(ReceiveEndpointFaulted faulted)
    {
        if (faulted.Exception is { } failure && QueueMismatch.Explain(failure, options.Value.QuorumQueues) is { } mismatch)
            mismatches[faulted.InputAddress] = mismatch;
        return Task.CompletedTask;
    }

    public Task Stopping(ReceiveEndpointStopping stopping) => Task.CompletedTask;

    public Task Completed(ReceiveEndpointCompleted completed) => Task.CompletedTask;
}
