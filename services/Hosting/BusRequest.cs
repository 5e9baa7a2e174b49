using MassTransit;

namespace LastMile.Events.Hosting;

/// <summary>Requests on the bus.</summary>
public static class BusRequest
{
    private static readonly TimeSpan ResponseTimeout = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Sends a request and waits for the response. The client's own timeout starts when the request has been sent. If the broker stops
    /// after it has accepted the request, its confirm may never arrive, so the whole call has a deadline.
    /// </summary>
    /// <typeparam name="TRequest">The type of the request.</typeparam>
    /// <typeparam name="TResponse">The type of the response.</typeparam>
    /// <param name="bus">The bus.</param>
    /// <param name="queue">The queue that receives the request; see <see cref="LineageQueues"/>.</param>
    /// <param name="request">The request.</param>
    /// <param name="time">The clock for the deadline.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <exception cref="RequestFaultException">The receiver rejects the request; the message says why.</exception>
    /// <exception cref="RequestTimeoutException">No response arrived within two seconds.</exception>
    /// <exception cref="TimeoutException">The broker did not confirm the request within four seconds.</exception>
    public static async Task<TResponse> SendAsync<TRequest, TResponse>(
        this IBus bus, string queue, TRequest request, TimeProvider time, CancellationToken cancellationToken)
        where TRequest : class
        where TResponse : class
    {
        var client = bus.CreateRequestClient<TRequest>(LineageQueues.AddressOf(queue), ResponseTimeout);
        var response = client.GetResponse<TResponse>(request, cancellationToken);
        return (await response.WaitAsync(2 * ResponseTimeout, time, cancellationToken)).Message;
    }
}
