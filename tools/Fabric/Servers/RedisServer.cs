namespace LastMile.Events.Fabric;

/// <summary>A running Redis.</summary>
/// <param name="Name">The name of its settings.</param>
/// <param name="Port">Its port on 127.0.0.1.</param>
/// <param name="Process">Stops, kills, freezes it.</param>
public sealed record RedisServer(string Name, int Port, IServerProcess Process)
{
    /// <summary>As <c>127.0.0.1:6379</c>: a StackExchange.Redis connection string, of an administrator. For what stands outside of the system; services have users.</summary>
    public string Endpoint => $"127.0.0.1:{Port}";

    /// <summary>Who may log in.</summary>
    public required RedisUsers Users { get; init; }

    private static readonly TimeSpan SyncDeadline = TimeSpan.FromSeconds(30);

    /// <summary>A StackExchange.Redis connection string, with no more rights than deploy/ gives the user.</summary>
    /// <param name="user">Who connects.</param>
    public string EndpointAs(RedisUser user) => $"{Endpoint},{Users.Login(user)}";

    /// <summary>Waits until this replica has had its first sync and follows its primary.</summary>
    /// <exception cref="ServerStartException">It did not in time.</exception>
    public async Task WaitForSyncAsync(CancellationToken cancellationToken = default)
    {
        var problem = await Readiness.WaitAsync(
            token => ServerProbe.RedisInSyncAsync(Port, token), () => null, SyncDeadline, cancellationToken);
        if (problem is not null)
            throw new ServerStartException(Name, "no sync with its primary: " + problem, [], "Check that its primary lives and its link is whole.");
    }

    /// <summary>Makes it a primary, with what it holds.</summary>
    public Task PromoteAsync() => ServerProbe.SendToRedisAsync(Port, "REPLICAOF NO ONE");

    /// <summary>Drops all that it holds.</summary>
    public Task EmptyAsync() => ServerProbe.SendToRedisAsync(Port, "FLUSHALL");

    /// <summary>Makes it a replica of another primary; returns when it is in sync. It keeps what it holds where both share their past.</summary>
    public Task FollowAsync(RedisServer primary)
    {
        ArgumentNullException.ThrowIfNull(primary);
        return FollowAsync(primary.Port);
    }

    /// <summary>Makes it a replica of the primary behind a loopback port, which may be a link's; returns when it is in sync.</summary>
    public async Task FollowAsync(int port)
    {
        await ServerProbe.SendToRedisAsync(Port, $"REPLICAOF 127.0.0.1 {port}");
        await WaitForSyncAsync();
    }

    /// <summary>Makes this replica copy its primary anew; returns when it does.</summary>
    internal async Task ResyncAsync(RedisServer primary, TimeSpan lasting)
    {
        var (host, port) = await ServerProbe.RedisPrimaryAsync(Port);
        await primary.SlowCopiesAsync(lasting);
        // Having been its own primary, it has a history of its own, of which its primary knows nothing to continue from.
        await PromoteAsync();
        await ServerProbe.SendToRedisAsync(Port, $"REPLICAOF {host} {port}");
        var problem = await Readiness.WaitAsync(token => ServerProbe.RedisSyncingAsync(Port, token), () => null, SyncDeadline, CancellationToken.None);
        // The copy that runs is made by a process of its own, which goes on as slowly.
        await primary.SlowCopiesAsync(TimeSpan.Zero);
        if (problem is not null)
            throw new InvalidOperationException($"{Name} was told to copy {host}:{port} anew and did not begin to: {problem}");
    }

    private async Task SlowCopiesAsync(TimeSpan lasting)
    {
        var keys = Math.Max(1, await ServerProbe.RedisKeysAsync(Port));
        await ServerProbe.SendToRedisAsync(Port, $"CONFIG SET rdb-key-save-delay {(int)lasting.TotalMicroseconds / keys}");
    }
}
