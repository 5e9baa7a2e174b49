using StackExchange.Redis;

namespace LastMile.Events.Caching.Region;

/// <summary>
/// The connection to the region's Redis, or to the primary of a read-only one. It connects in the background when the purge feed has found
/// out what kind of server it is, and reconnects automatically. While it is down, commands fail at once.
/// </summary>
internal sealed class RegionConnection : IAsyncDisposable
{
    // The server is next to this process. A primary may be in another region, less than half a second away.
    private const int LongestAnswerMilliseconds = 1_000;

    // The purge feed subscribes. CONFIG is not necessary, and most applications may not use it.
    private static readonly CommandMap InCluster = CommandMap.Create(["CONFIG", "SUBSCRIBE"], available: false);

    private readonly ConfigurationOptions data;
    private readonly TaskCompletionSource found = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock gate = new();
    private volatile ShardMap? shards;
    private Task<ConnectionMultiplexer>? connecting;
    private volatile bool isDisposed;

    /// <summary>Prepares the connection; nothing is sent before the first use.</summary>
    /// <param name="configuration">The server and the credentials.</param>
    public RegionConnection(ConfigurationOptions configuration)
    {
        Configuration = configuration.Clone();
        Configuration.SetDefaultPorts();
        data = Configuration.Clone();
        data.AbortOnConnectFail = false;
        data.BacklogPolicy = BacklogPolicy.FailFast;
        data.AsyncTimeout = Math.Min(data.AsyncTimeout, LongestAnswerMilliseconds);
        data.IncludeDetailInExceptions = false;
    }

    /// <summary>The server, or some nodes of a cluster, and the credentials, for the purge feed.</summary>
    public ConfigurationOptions Configuration { get; }

    /// <summary>The nodes of the region's Redis; null while they are not known.</summary>
    public ShardMap? Shards => shards;

    /// <summary>Whether commands are likely to be answered.</summary>
    public bool IsConnected => !isDisposed && Connected is { IsConnected: true };

    /// <summary>Returns the database.</summary>
    /// <exception cref="RedisConnectionException">The first connection is not open yet.</exception>
    public IDatabase Database => Connected?.GetDatabase()
        ?? throw new RedisConnectionException(
            ConnectionFailureType.UnableToConnect, CommandFlags.None, $"{this} is not connected yet.", null, CommandStatus.Unknown);

    private ConnectionMultiplexer? Connected => Connect() is { IsCompletedSuccessfully: true } connected ? connected.Result : null;

    /// <summary>Waits until the first attempt to connect has ended.</summary>
    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        await found.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        if (Connect() is { } attempt)
            await attempt.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Records the nodes that the purge feed has found. Another kind of server needs another connection.</summary>
    public void Found(ShardMap map)
    {
        lock (gate)
        {
            if (shards is { } last && last.IsCluster != map.IsCluster)
            {
                DisposeLater(connecting);
                connecting = null;
            }

            shards = map;
        }

        found.TrySetResult();
    }

    /// <summary>Returns the address, without secrets.</summary>
    public override string ToString() => string.Join(',', Configuration.EndPoints);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Task<ConnectionMultiplexer>? last;
        lock (gate)
            (isDisposed, last) = (true, connecting);
        if (last is { IsCompletedSuccessfully: true } connected)
            await connected.Result.DisposeAsync().ConfigureAwait(false);
        else
            DisposeLater(last);
    }

    private static void DisposeLater(Task<ConnectionMultiplexer>? attempt) => _ = attempt?.ContinueWith(
        late => late.Result.Dispose(),
        CancellationToken.None,
        TaskContinuationOptions.OnlyOnRanToCompletion,
        TaskScheduler.Default);

    // An attempt fails only if the server's name can't be resolved; then the next call tries again.
    private Task<ConnectionMultiplexer>? Connect()
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(isDisposed, this);
            if (shards is { } map && connecting is null or { IsFaulted: true } or { IsCanceled: true })
                connecting = ConnectionMultiplexer.ConnectAsync(For(map.IsCluster));
            return connecting;
        }
    }

    private ConfigurationOptions For(bool isCluster)
    {
        var options = data.Clone();
        // StackExchange.Redis sends no writes to a replica. In this mode it doesn't know the server's role. An application's own command
        // map would allow HELLO, and the answer contains the role. In a cluster the role is needed, and only primaries are used.
        options.Proxy = isCluster ? Proxy.None : Proxy.Envoyproxy;
        options.CommandMap = isCluster ? InCluster : CommandMap.Envoyproxy;
        return options;
    }
}
