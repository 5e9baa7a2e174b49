using System.Collections.Concurrent;
using MassTransit;
using Microsoft.Extensions.Options;

namespace LastMile.Events.Hosting;

/// <summary>
/// Remembers the receive endpoints with a <see cref="QueueMismatch"/>, each until it is ready. Not every failure of an endpoint contains
/// the reason, because MassTransit disposes a refused channel while the declaration is still in flight.
/// </summary>
internal sealed class MismatchedEndpoints(IOptions<RabbitMqOptions> options) : IReceiveEndpointObserver
{
    private readonly ConcurrentDictionary<Uri, string> mismatches = [];

    /// <summary>All mismatches, each with a remedy; null when the queues match.</summary>
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
