namespace LastMile.Events.Fabric;

/// <summary>
/// An address that stays the same while the Redis behind it changes, as a managed service has it: HAProxy, or a relay in this process where
/// HAProxy is not installed, before a primary and its replica.
/// </summary>
/// <remarks>
/// As a process, it is the node that serves at the time of the call. A killed node that was not replaced restarts empty.
/// </remarks>
public sealed class ManagedEndpoint : IServerProcess
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private readonly LocalHaProxy? proxy;
    private readonly WanLink? relay;

    private ManagedEndpoint(string name, RedisServer current, RedisServer standby, LocalHaProxy? proxy)
    {
        (Name, Current, Standby, this.proxy) = (name, current, standby, proxy);
        relay = proxy is null ? new WanLink(current.Port) : null;
        Redis = new RedisServer(name, proxy?.Port ?? relay!.Port, this) { Users = current.Users };
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <summary>The endpoint, as a server.</summary>
    public RedisServer Redis { get; }

    /// <summary>The node that serves.</summary>
    public RedisServer Current { get; private set; }

    /// <summary>The node that replicates from it.</summary>
    public RedisServer Standby { get; private set; }

    /// <summary>Starts two nodes and the endpoint; returns when the endpoint reaches the primary and the replica is in sync.</summary>
    /// <param name="servers">The source of servers: programs installed on this machine.</param>
    /// <param name="name">The prefix of the servers' names; unique within <paramref name="servers"/>.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    /// <exception cref="NotSupportedException">The servers are containers.</exception>
    /// <exception cref="ServerStartException">A server did not become ready.</exception>
    public static async Task<ManagedEndpoint> StartAsync(
        IServers servers, string name = "managed", CancellationToken cancellationToken = default)
    {
        var local = LocalServers.Of(servers, "A managed endpoint");
        var nodes = await Task.WhenAll(
            local.StartRedisAsync(new RedisSettings(name + "-1", RedisRole.Region), cancellationToken),
            local.StartRedisAsync(new RedisSettings(name + "-2", RedisRole.Region), cancellationToken));
        await nodes[1].FollowAsync(nodes[0]);
        var haProxy = await local.StartHaProxyAsync(name + "-haproxy", nodes[0].Port, cancellationToken);
        var endpoint = new ManagedEndpoint(name, nodes[0], nodes[1], haProxy);
        await endpoint.WaitUntilReachedAsync(cancellationToken);
        return endpoint;
    }

    /// <summary>
    /// Kills the node that serves and promotes the other, which lacks the writes of the last moment; returns when the endpoint reaches it.
    /// Clients see a closed connection, and afterwards a server of another run.
    /// </summary>
    public async Task FailOverAsync()
    {
        await Current.Process.KillAsync();
        await Standby.PromoteAsync();
        (Current, Standby) = (Standby, Current);
        relay?.Redirect(Current.Port);
        if (proxy is not null)
            await proxy.RedirectAsync(Current.Port);
        await WaitUntilReachedAsync(CancellationToken.None);
    }

    /// <summary>Starts the node that was replaced, as the replica of the other; returns when it is in sync.</summary>
    public async Task RejoinAsync()
    {
        await Standby.Process.StartAsync();
        await Standby.FollowAsync(Current);
    }

    /// <inheritdoc/>
    public Task KillAsync() => Current.Process.KillAsync();

    /// <inheritdoc/>
    public Task StopAsync() => Current.Process.StopAsync();

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        await Current.Process.StartAsync(cancellationToken);
        await WaitUntilReachedAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public Task PauseAsync() => Current.Process.PauseAsync();

    /// <inheritdoc/>
    public Task ResumeAsync() => Current.Process.ResumeAsync();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (relay is not null)
            await relay.DisposeAsync();
        if (proxy is not null)
            await proxy.Process.DisposeAsync();
        await Standby.Process.DisposeAsync();
        await Current.Process.DisposeAsync();
    }

    private async Task WaitUntilReachedAsync(CancellationToken cancellationToken)
    {
        var problem = await Readiness.WaitAsync(ReachesCurrentAsync, () => null, Deadline, cancellationToken);
        if (problem is not null)
            throw new ServerStartException(Name, $"the endpoint does not reach {Current.Name}: {problem}", [], "See its log.");
    }

    private async Task<bool> ReachesCurrentAsync(CancellationToken cancellationToken) =>
        await ServerProbe.RedisRunAsync(Redis.Port, cancellationToken) == await ServerProbe.RedisRunAsync(Current.Port, cancellationToken);
}
