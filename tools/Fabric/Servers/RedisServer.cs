namespace LastMile.Events.Fabric;

/// <summary>A running Redis.</summary>
/// <param name="Name">The name from its settings.</param>
/// <param name="Port">Its port on 127.0.0.1.</param>
/// <param name="Process">Controls the process: stops, kills, or freezes it.</param>
public sealed record RedisServer(string Name, int Port, IServerProcess Process)
{
    /// <summary>
    /// An administrator's StackExchange.Redis connection string, such as <c>127.0.0.1:6379</c>. Use it only outside the system under test;
    /// services have their own users.
    /// </summary>
    public string Endpoint => $"127.0.0.1:{Port}";

    /// <summary>The users that may log in.</summary>
    public required RedisUsers Users { get; init; }

    private static readonly TimeSpan SyncDeadline = TimeSpan.FromSeconds(30);

    /// <summary>Returns a StackExchange.Redis connection string with only the rights that deploy/ gives a user.</summary>
    /// <param name="user">The user that connects.</param>
    public string EndpointAs(RedisUser user) => $"{Endpoint},{Users.Login(user)}";

    /// <summary>Waits until this replica has completed its first sync and replicates from its primary.</summary>
    /// <exception cref="ServerStartException">The replica was not in sync in time.</exception>
    public async Task WaitForSyncAsync(CancellationToken cancellationToken = default)
    {
        var problem = await Readiness.WaitAsync(
            token => ServerProbe.RedisInSyncAsync(Port, token), () => null, SyncDeadline, cancellationToken);
        if (problem is not null)
        {
            throw new ServerStartException(
                Name, "no sync with its primary: " + problem, [], "Check that its primary is running and its link is not cut.");
        }
    }

    /// <summary>Sends a command as the administrator, on a connection of its own.</summary>
    /// <returns>A string, a number as a string, an array of these, or null.</returns>
    /// <exception cref="InvalidOperationException">The server answered with an error.</exception>
    public Task<object?> SendAsync(params string[] command) => RespClient.SendAsync(Port, command);

    /// <summary>Promotes it to a primary that keeps its data.</summary>
    public Task PromoteAsync() => ServerProbe.SendToRedisAsync(Port, "REPLICAOF NO ONE");

    /// <summary>Deletes all of its data.</summary>
    public Task EmptyAsync() => ServerProbe.SendToRedisAsync(Port, "FLUSHALL");

    /// <summary>
    /// Makes it a replica of another primary; returns when it is in sync. It keeps its data if both share a replication history.
    /// </summary>
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

    /// <summary>Forces a full resync of this replica; returns once the sync is in progress.</summary>
    internal async Task ResyncAsync(RedisServer primary, TimeSpan lasting)
    {
        var (host, port) = await ServerProbe.RedisPrimaryAsync(Port);
        await primary.SlowCopiesAsync(lasting);
        // A promotion gives it a new replication history, so its primary cannot continue with a partial resync.
        await PromoteAsync();
        await ServerProbe.SendToRedisAsync(Port, $"REPLICAOF {host} {port}");
        var problem = await Readiness.WaitAsync(
            token => ServerProbe.RedisSyncingAsync(Port, token), () => null, SyncDeadline, CancellationToken.None);
        // A forked process makes the running copy, and it keeps the slow pace.
        await primary.SlowCopiesAsync(TimeSpan.Zero);
        if (problem is not null)
            throw new InvalidOperationException($"{Name} did not start a full resync from {host}:{port}: {problem}");
    }

    private async Task SlowCopiesAsync(TimeSpan lasting)
    {
        var keys = Math.Max(1, await ServerProbe.RedisKeysAsync(Port));
        await ServerProbe.SendToRedisAsync(Port, $"CONFIG SET rdb-key-save-delay {(int)lasting.TotalMicroseconds / keys}");
    }
}
