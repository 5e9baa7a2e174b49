namespace LastMile.Events.Fabric;

/// <summary>A running RabbitMQ.</summary>
/// <param name="Uri">As <c>amqp://user:password@127.0.0.1:port/</c>: the default virtual host.</param>
/// <param name="ManagementUri">The HTTP API, as <c>http://user:password@127.0.0.1:port/</c>.</param>
/// <param name="Process">Stops, kills, freezes it.</param>
/// <param name="Control">Runs <c>rabbitmqctl</c> with these arguments; fails with what it printed.</param>
public sealed record RabbitMqServer(Uri Uri, Uri ManagementUri, IServerProcess Process, Func<string[], Task> Control);
