using System.Net;
using LastMile.Events.Caching.Region;
using LastMile.Events.Caching.Timing;
using LastMile.Events.Redis;

namespace LastMile.Events.Caching.Purges;

/// <summary>A connection that receives the region's purges, from the only server or from one primary node of a cluster.</summary>
/// <param name="Connection">The connection.</param>
/// <param name="Shard">The node that it is connected to.</param>
/// <param name="Lacks">Why the server does not report flushes; null if it does. It contains no secret.</param>
internal sealed record Subscription(RespConnection Connection, Shard Shard, string? Lacks) : IAsyncDisposable
{
    /// <summary>Asks for the nodes of a cluster.</summary>
    public static readonly string[] Nodes = ["CLUSTER", "NODES"];

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Connection.DisposeAsync();
}

/// <summary>Subscribes to the region's purges. In a cluster every primary node publishes all of them, so one node suffices.</summary>
internal sealed class Subscriber(RegionConnection region, RedisKeys keys, Func<TimedTrust> newTrust, bool mayBeCluster)
{
    private readonly EndPoint[] seeds = [.. region.Configuration.EndPoints];
    private readonly bool prefersNames = region.Configuration.Ssl;
    private EndPoint? last;
    private string? avoided;
    private int attempts = Random.Shared.Next(1 << 16);

    /// <summary>Connects, finds out what kind of server it is, and subscribes.</summary>
    /// <exception cref="IOException">
    /// The server rejects the user or the subscription, closed the connection, or is a cluster and may not be one.
    /// </exception>
    public async Task<Subscription> SubscribeAsync(CancellationToken cancellationToken)
    {
        last = Next();
        var connection = await RespConnection.OpenAsync(region.Configuration, last, cancellationToken).ConfigureAwait(false);
        try
        {
            var greeting = await Greeting.SendAsync(connection, region.Configuration, cancellationToken).ConfigureAwait(false);
            if (!greeting.IsCluster)
                return await SubscribeAsync(connection, SingleServer(), greeting, "SUBSCRIBE", cancellationToken).ConfigureAwait(false);

            if (!mayBeCluster)
            {
                throw new IOException(
                    "It is a cluster, which can't have a RegionPrimary. Configure one server that replicates the primary.");
            }

            var cluster = await ReadAsync(connection, last, cancellationToken).ConfigureAwait(false);
            if (Choose(cluster) is var chosen && chosen != cluster.Self)
            {
                await connection.DisposeAsync().ConfigureAwait(false);
                last = chosen.EndPoint;
                connection = await RespConnection.OpenAsync(region.Configuration, last, cancellationToken).ConfigureAwait(false);
                greeting = await Greeting.SendAsync(connection, region.Configuration, cancellationToken).ConfigureAwait(false);
                cluster = await ReadAsync(connection, last, cancellationToken).ConfigureAwait(false);
            }

            if (greeting.Lacks is { } reason)
                throw new IOException($"A cluster's node can't be used, because {reason}.");
            return await SubscribeAsync(connection, SelfOf(cluster), greeting, "SSUBSCRIBE", cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Takes note of the nodes of the cluster, as the subscribed node sees them now.</summary>
    /// <param name="shard">The subscribed node.</param>
    /// <param name="nodes">Its answer to <see cref="Subscription.Nodes"/>.</param>
    /// <exception cref="IOException">Purges are no longer published there: its lowest slot or its role has changed.</exception>
    public void Update(Shard shard, RespValue nodes)
    {
        if (SelfOf(Parse(nodes, shard.Node!.EndPoint)) != shard)
            throw new IOException("The slots of the cluster's node have changed.");
    }

    private async Task<Subscription> SubscribeAsync(
        RespConnection connection, Shard shard, Greeting greeting, string command, CancellationToken cancellationToken)
    {
        // No key has this prefix. Tracking it reports nothing but flushes and full resyncs.
        string[] tracking = ["CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", keys.Prefix + "untouched:"];
        var lacks = greeting.Lacks
            ?? ((await connection.CallAsync(tracking, cancellationToken).ConfigureAwait(false)) is { IsError: true } error
                ? error.ToString()
                : null);
        (await connection.CallAsync([command, shard.Names.PurgeChannel.ToString()], cancellationToken).ConfigureAwait(false)).Check();
        return new Subscription(connection, shard, lacks);
    }

    // In turn: the configured servers and the nodes that were found last, but not the one that was used last.
    private EndPoint Next()
    {
        var nodes = region.Shards is { IsCluster: true } map ? map.Shards.Select(shard => shard.Node!.EndPoint) : [];
        EndPoint[] all = [.. seeds.Concat(nodes).Distinct()];
        EndPoint[] others = [.. all.Where(server => !server.Equals(last))];
        return others.Length == 0 ? all[0] : others[attempts++ % others.Length];
    }

    private Shard SingleServer()
    {
        if (seeds.Length > 1)
            throw new IOException("Several servers are configured, but they are no cluster. Configure one server.");
        var map = region.Shards is { IsCluster: false } same ? same : ShardMap.Single(keys, newTrust());
        region.Found(map);
        return map.Shards[0];
    }

    private async Task<ClusterView> ReadAsync(RespConnection connection, EndPoint asked, CancellationToken cancellationToken)
    {
        var answer = await connection.CallAsync(Subscription.Nodes, cancellationToken).ConfigureAwait(false);
        answer.Check();
        return Parse(answer, asked);
    }

    private ClusterView Parse(RespValue nodes, EndPoint asked)
    {
        // RESP3 puts the format before the text.
        var text = nodes.Kind == '=' ? nodes.ToString()["txt:".Length..] : nodes.ToString();
        var cluster = ClusterView.Parse(text, asked, prefersNames);
        region.Found(ShardMap.Of(cluster, keys, region.Shards, newTrust));
        return cluster;
    }

    // At random, so that the processes of a region spread over the nodes; but not again the node whose connection was lost.
    private ClusterNode Choose(ClusterView cluster)
    {
        ClusterNode[] primaries = [.. cluster.Primaries.Where(primary => !primary.HasFailed).Select(primary => primary.Node)];
        ClusterNode[] others = [.. primaries.Where(primary => primary.Id != avoided)];
        primaries = others.Length > 0 ? others : primaries;
        if (primaries.Length == 0)
            throw new IOException("No node of the cluster serves slots.");
        var chosen = primaries[Random.Shared.Next(primaries.Length)];
        avoided = chosen.Id;
        return chosen;
    }

    private Shard SelfOf(ClusterView cluster) =>
        cluster.Self is { } self && region.Shards!.Of(self.LowestSlot) is { } shard && shard.Node == self
            ? shard
            : throw new IOException("The cluster's node serves no slots.");
}
