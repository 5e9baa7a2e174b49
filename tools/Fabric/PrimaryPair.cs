namespace LastMile.Events.Fabric;

/// <summary>A Redis primary and its standby replica, which can swap roles. Each is reached over its own link.</summary>
/// <remarks>
/// A restarted server does not know that it was replaced and would accept writes as a primary, so its link stays cut until its role is set.
/// </remarks>
public sealed class PrimaryPair
{
    private WanLink primaryLink;
    private WanLink standbyLink;

    internal PrimaryPair((RedisServer Server, WanLink Link) primary, (RedisServer Server, WanLink Link) standby, WanLink replication)
    {
        (Primary, primaryLink) = primary;
        (Standby, standbyLink) = standby;
        Replication = replication;
        Endpoints = $"127.0.0.1:{primary.Link.Port},127.0.0.1:{standby.Link.Port},{primary.Server.Users.Login(RedisUser.Invalidator)}";
    }

    /// <summary>The current primary, which receives purges.</summary>
    public RedisServer Primary { get; private set; }

    /// <summary>The current standby.</summary>
    public RedisServer Standby { get; private set; }

    /// <summary>The link that the standby replicates over.</summary>
    public WanLink Replication { get; }

    /// <summary>A StackExchange.Redis connection string for the Invalidator, with both servers over their links.</summary>
    public string Endpoints { get; }

    /// <summary>Restarts the primary after it was killed; returns when it accepts writes.</summary>
    /// <param name="empty">Whether to discard its saved data.</param>
    public async Task RestartPrimaryAsync(bool empty)
    {
        primaryLink.Cut();
        await Primary.Process.StartAsync();
        // It may have been started as the standby.
        await Primary.PromoteAsync();
        if (empty)
            await Primary.EmptyAsync();
        primaryLink.Mend();
    }

    /// <summary>
    /// Makes the standby replicate from the primary, after either was replaced or restarted empty; returns when it is in sync.
    /// </summary>
    /// <param name="start">Whether to start its process first.</param>
    public async Task RejoinStandbyAsync(bool start)
    {
        standbyLink.Cut();
        if (start)
            await Standby.Process.StartAsync();
        await Standby.FollowAsync(Replication.Port);
        standbyLink.Mend();
    }

    internal async Task FailOverAsync()
    {
        primaryLink.Cut();
        await Standby.PromoteAsync();
        (Primary, Standby) = (Standby, Primary);
        (primaryLink, standbyLink) = (standbyLink, primaryLink);
        Replication.Redirect(Primary.Port);
    }
}
