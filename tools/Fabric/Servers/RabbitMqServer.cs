namespace LastMile.Events.Fabric;

/// <summary>A running RabbitMQ.</summary>
/// <param name="Uri">The default virtual host, in the form <c>amqp://user:password@127.0.0.1:port/</c>.</param>
/// <param name="ManagementUri">The HTTP API, in the form <c>http://user:password@127.0.0.1:port/</c>.</param>
/// <param name="Process">Controls the process: stops, kills, or freezes it.</param>
/// <param name="Control">Runs <c>rabbitmqctl</c> with the given arguments; throws with its output if it fails.</param>
public sealed record RabbitMqServer(Uri Uri, Uri ManagementUri, IServerProcess Process, Func<string[], Task> Control);
