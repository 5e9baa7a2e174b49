using MassTransit;

namespace LastMile.Events.Hosting;

/// <summary>Questions on the bus.</summary>
public static class BusRequest
{
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Asks whoever answers questions of a type. The client's own timeout begins when the question is sent; that a broker has taken it, and
    /// ended before it confirmed that, may never be told. So all of it is bounded.
    /// </summary>
    /// <typeparam name="TQuestion">The question.</typeparam>
    /// <typeparam name="TAnswer">The answer.</typeparam>
    /// <param name="bus">The bus.</param>
    /// <param name="question">What is asked.</param>
    /// <param name="time">The clock that the bound follows.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="RequestFaultException">Who was asked refuses; the message says why.</exception>
    /// <exception cref="RequestTimeoutException">Nobody has answered within two seconds.</exception>
    /// <exception cref="TimeoutException">Nor was it told within four whether the question was sent.</exception>
    public static async Task<TAnswer> SendAsync<TQuestion, TAnswer>(this IBus bus, TQuestion question, TimeProvider time, CancellationToken cancellationToken)
        where TQuestion : class
        where TAnswer : class
    {
        var client = bus.CreateRequestClient<TQuestion>(AnswerWithin);
        return (await client.GetResponse<TAnswer>(question, cancellationToken).WaitAsync(2 * AnswerWithin, time, cancellationToken)).Message;
    }
}
