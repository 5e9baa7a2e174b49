namespace LastMile.Events.Bench.Bus;

/// <summary>Who receives published changes.</summary>
internal interface IReceiver : IAsyncDisposable
{
    string Name { get; }

    /// <summary>Makes ready for messages; not timed.</summary>
    Task ExpectAsync(ChangeLoad load);

    /// <summary>Publishes a message to this receiver; ends when the broker has confirmed it.</summary>
    Task PublishAsync(object message, CancellationToken cancellationToken);

    /// <summary>Ends when it is done with all of them.</summary>
    Task DoneAsync(CancellationToken cancellationToken);
}
