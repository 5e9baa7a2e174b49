namespace LastMile.Events.Fabric;

/// <summary>A Redis primary and its standby, a replica of it, which can change places. Each is reached over a link of its own.</summary>
/// <remarks>
/// A server that comes back does not know that it was replaced, and would take writes as a primary: its link is cut until it has its role.
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

    /// <summary>The one that takes purges.</summary>
    public RedisServer Primary { get; private set; }

    /// <summary>The other.</summary>
    public RedisServer Standby { get; private set; }

    /// <summary>The line that the standby replicates over.</summary>
    public WanLink Replication { get; }

    /// <summary>Where both are reached, over their links: a StackExchange.Redis connection string, for the Invalidator.</summary>
    public string Endpoints { get; }

    /// <summary>Starts the primary again after it was killed; returns when it takes writes.</summary>
    /// <param name="empty">Without what it had saved, if anything.</param>
    public async Task RestartPrimaryAsync(bool empty)
    {
        primaryLink.Cut();
        await Primary.Process.StartAsync();
        // It may have been the standby when it was started first.
        await Primary.PromoteAsync();
        if (empty)
            await Primary.EmptyAsync();
        primaryLink.Mend();
    }

    /// <summary>Has the standby replicate from the primary, after either was replaced or came back empty; returns when it is in sync.</summary>
    /// <param name="start">Whether its process is to be started first.</param>
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
