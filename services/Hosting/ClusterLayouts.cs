using LastMile.Events.Redis;
using StackExchange.Redis;

namespace LastMile.Events.Hosting;

/// <summary>
/// Lets the service's Redis be a cluster. Without it, the client does not look for one, and needs no right to the command <c>CLUSTER</c>.
/// </summary>
public sealed class ClusterSupport;

/// <summary>Keeps the layout of the service's Redis up to date. Thread-safe.</summary>
internal sealed class ClusterLayouts(RedisKeys keys, TimeProvider time)
{
    // A command that fails asks for a new layout at once; then it is due again after the shorter time.
    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MinAge = TimeSpan.FromMilliseconds(50);

    // Over a slow link, the last layout serves while a new one is being read. A slot that has moved since is found by its commands.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan MaxAgeWhileReading = TimeSpan.FromSeconds(3);

    // A node that does not answer must delay the others' commands little, and less than a failure that names it.
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan FirstAnswerTimeout = TimeSpan.FromSeconds(1);

    private readonly Lock gate = new();
    private volatile Reading? last;
    private Task<RedisLayout>? reading;

    public async Task<RedisLayout> LatestAsync(ConnectionMultiplexer client, bool isStale)
    {
        if (Known(isStale ? MinAge : MaxAge) is { } recent)
            return recent;
        var next = Read(client);
        if (!isStale && Known(MaxAgeWhileReading) is { } earlier)
        {
            await Task.WhenAny(next, Task.Delay(Patience, time));
            if (!next.IsCompleted)
                return earlier;
        }

        return await next;
    }

    private RedisLayout? Known(TimeSpan maxAge) => last is { } read && time.GetElapsedTime(read.At) < maxAge ? read.Layout : null;

    private Task<RedisLayout> Read(ConnectionMultiplexer client)
    {
        lock (gate)
        {
            if (reading is { IsCompleted: false })
                return reading;
            reading = ReadAsync(client);
            // Perhaps nothing waits for it.
            _ = reading.ContinueWith(
                failed => failed.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            return reading;
        }
    }

    private async Task<RedisLayout> ReadAsync(ConnectionMultiplexer client)
    {
        var servers = client.GetServers();
        var isCluster = last?.Layout.IsCluster == true || servers.Any(server => server.ServerType == ServerType.Cluster);
        var views = isCluster ? await ViewsAsync([.. servers.Where(server => server.IsConnected)]) : [];
        // The node that knows of the newest change. The others learn of it within milliseconds.
        var newest = views.Values.MaxBy(view => view.Epoch);
        if (isCluster && newest is null)
            throw new RedisConnectionException(ConnectionFailureType.UnableToConnect, CommandFlags.None, "No node of the cluster answers.");

        var layout = newest?.Layout(client.GetServers(), keys, views)
            ?? new RedisLayout([new RedisNode(client.GetDatabase(), keys)], "", IsMoving: false);
        // The mode of a server is unknown until it has answered, so look again at the next call.
        if (layout.IsCluster || servers.Any(server => server.IsConnected))
            last = new Reading(layout, time.GetTimestamp());
        return layout;
    }

    // The views of the first node that answers, and of those that answer soon after it.
    private async Task<Dictionary<IServer, ClusterView>> ViewsAsync(IServer[] servers)
    {
        var views = servers.Select(server => (Server: server, View: TryReadAsync(server))).ToList();
        var all = Task.WhenAll(views.Select(one => one.View));
        await FirstAsync(views.Select(one => one.View));
        await Task.WhenAny(all, Task.Delay(AnswerTimeout, time));
        return views.Where(one => one.View is { IsCompletedSuccessfully: true, Result: not null })
            .ToDictionary(one => one.Server, one => one.View.Result!);
    }

    private static async Task FirstAsync(IEnumerable<Task<ClusterView?>> views)
    {
        await foreach (var view in Task.WhenEach(views))
        {
            if (await view is not null)
                return;
        }
    }

    private static async Task<ClusterView?> TryReadAsync(IServer server)
    {
        try
        {
            return await ClusterView.ReadAsync(server).WaitAsync(FirstAnswerTimeout);
        }
        catch (Exception exception) when (exception is RedisException or TimeoutException)
        {
            return null;
        }
    }

    private sealed record Reading(RedisLayout Layout, long At);
}
