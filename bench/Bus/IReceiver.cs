namespace LastMile.Events.Bench.Bus;

/// <summary>A receiver of published changes.</summary>
internal interface IReceiver : IAsyncDisposable
{
    string Name { get; }

    /// <summary>Prepares for the messages; not timed.</summary>
    Task ExpectAsync(ChangeLoad load);

    /// <summary>Publishes a message to this receiver; completes when the broker has confirmed it.</summary>
    Task PublishAsync(object message, CancellationToken cancellationToken);

    /// <summary>Completes when the receiver has handled all of them.</summary>
    Task DoneAsync(CancellationToken cancellationToken);
}
