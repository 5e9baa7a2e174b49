namespace LastMile.Events.Fabric;

/// <summary>A running Redis.</summary>
/// <param name="Name">The name of its settings.</param>
/// <param name="Port">Its port on 127.0.0.1.</param>
/// <param name="Process">Stops, kills, freezes it.</param>
public sealed record RedisServer(string Name, int Port, IServerProcess Process)
{
    /// <summary>As <c>127.0.0.1:6379</c>: a StackExchange.Redis connection string.</summary>
    public string Endpoint => $"127.0.0.1:{Port}";

    private static readonly TimeSpan SyncDeadline = TimeSpan.FromSeconds(30);

    /// <summary>Waits until this replica has had its first sync and follows its primary.</summary>
    /// <exception cref="ServerStartException">It did not in time.</exception>
    public async Task WaitForSyncAsync(CancellationToken cancellationToken = default)
    {
        var problem = await Readiness.WaitAsync(
            token => ServerProbe.RedisInSyncAsync(Port, token), () => null, SyncDeadline, cancellationToken);
        if (problem is not null)
            throw new ServerStartException(Name, "no sync with its primary: " + problem, [], "Check that its primary lives and its link is whole.");
    }
}
