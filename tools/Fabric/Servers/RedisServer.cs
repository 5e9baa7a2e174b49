namespace LastMile.Events.Fabric;

/// <summary>A running Redis.</summary>
/// <param name="Name">The name of its settings.</param>
/// <param name="Port">Its port on 127.0.0.1.</param>
/// <param name="Process">Stops, kills, freezes it.</param>
public sealed record RedisServer(string Name, int Port, IServerProcess Process)
{
    /// <summary>As <c>127.0.0.1:6379</c>: a StackExchange.Redis connection string.</summary>
    public string Endpoint => $"127.0.0.1:{Port}";
}
