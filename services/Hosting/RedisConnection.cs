using LastMile.Events.Redis;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace LastMile.Events.Hosting;

/// <summary>
/// The service's connection to its Redis. It connects in the background and reconnects automatically. Commands fail while it is down.
/// </summary>
public sealed class RedisConnection : IAsyncDisposable
{
    private readonly Lazy<Task<ConnectionMultiplexer>> connection;
    private readonly CustomCaValidator? authority;
    private readonly RedisLoginCheck login;
    private readonly string endpoint;
    private readonly ClusterLayouts layouts;
    private readonly bool isShared;

    /// <summary>Prepares the connection; nothing is sent before the first use.</summary>
    /// <param name="options">The server's address and options.</param>
    /// <param name="cluster">Given if the server may be a node of a cluster.</param>
    /// <param name="lineage">The lineage whose names the service uses.</param>
    public RedisConnection(
        IOptions<RedisOptions> options, ClusterSupport? cluster = null, string lineage = RedisKeys.DefaultLineage)
    {
        ArgumentNullException.ThrowIfNull(options);

        Keys = new RedisKeys(options.Value.KeyPrefix, lineage);
        layouts = new ClusterLayouts(Keys, TimeProvider.System);
        var configuration = ConfigurationOptions.Parse(options.Value.ConnectionString);
        configuration.AbortOnConnectFail = false;
        // StackExchange.Redis treats INFO as an admin command.
        configuration.AllowAdmin = true;
        configuration.ReconnectRetryPolicy = new ExponentialRetry(deltaBackOffMilliseconds: 50, maxDeltaBackOffMilliseconds: 1_000);
        // The client connects again only in its heartbeat, which by default comes each second.
        configuration.HeartbeatInterval = TimeSpan.FromMilliseconds(250);
        // The client sends these when it connects. LastMile does not need them, and they are not granted: CONFIG can reveal passwords.
        if (ReferenceEquals(configuration.CommandMap, CommandMap.Default))
            configuration.CommandMap = CommandMap.Create(cluster is null ? ["CONFIG", "CLUSTER"] : ["CONFIG"], available: false);
        // While it is disconnected, the client must not queue commands: callers retry, and report that they do.
        configuration.BacklogPolicy = BacklogPolicy.FailFast;
        // With several servers, a new primary is detected within a second. The client's default is a minute.
        if (configuration.EndPoints.Count > 1)
            configuration.ConfigCheckSeconds = 1;
        if (options.Value.CaCertificate is { Length: > 0 } file)
        {
            authority = new CustomCaValidator(options.Value.CaCertificateSetting, file);
            configuration.CertificateValidation += authority.Validate;
        }

        login = new RedisLoginCheck(configuration.User, configuration.Password, options.Value.SettingPrefix);
        endpoint = string.Join(',', configuration.EndPoints);
        connection = new Lazy<Task<ConnectionMultiplexer>>(() => ConnectAsync(configuration));
    }

    private RedisConnection(RedisConnection shared, RedisKeys keys)
    {
        (connection, authority, login, endpoint, Keys, isShared) =
            (shared.connection, shared.authority, shared.login, shared.endpoint, keys, true);
        layouts = new ClusterLayouts(keys, TimeProvider.System);
        shared.Restored += (_, restored) => Restored?.Invoke(this, restored);
    }

    /// <summary>Raised when a lost connection is restored. Another server may answer on it.</summary>
    public event EventHandler? Restored;

    /// <summary>LastMile's names in this Redis.</summary>
    public RedisKeys Keys { get; }

    /// <summary>Returns this connection with the names of another lineage. Disposing it leaves this connection open.</summary>
    /// <param name="lineage">The lineage.</param>
    public RedisConnection Of(string lineage) => new(this, new RedisKeys(Keys.Prefix, lineage));

    /// <summary>Returns the database, and connects first if necessary.</summary>
    /// <exception cref="RedisException">The server's certificate was refused, or the server refuses the login.</exception>
    public async Task<IDatabase> DatabaseAsync() => (await OpenAsync()).GetDatabase();

    /// <summary>
    /// Returns the servers that hold LastMile's names, as they were within the last second, or over a slow link within the last three.
    /// </summary>
    /// <param name="isStale">Whether the last known servers are wrong, because one did not answer or no longer serves a slot.</param>
    /// <exception cref="RedisException">As for <see cref="DatabaseAsync"/>, or no node of a cluster answers.</exception>
    public async Task<RedisLayout> LayoutAsync(bool isStale = false) => await layouts.LatestAsync(await OpenAsync(), isStale);

    /// <summary>Returns the connection's subscriber.</summary>
    public async Task<ISubscriber> SubscriberAsync() => (await connection.Value).GetSubscriber();

    /// <summary>
    /// Returns the server, for <c>INFO</c>. If several servers are configured, returns the first connected primary, or the first server
    /// when no primary is connected.
    /// </summary>
    /// <exception cref="RedisException">The server's certificate was refused, or the server refuses the login.</exception>
    public async Task<IServer> ServerAsync()
    {
        var servers = (await OpenAsync()).GetServers();
        return servers.FirstOrDefault(server => server is { IsConnected: true, IsReplica: false }) ?? servers[0];
    }

    /// <summary>Returns the address, without secrets.</summary>
    public override string ToString() => endpoint;

    // Until it connects, the client repeats its first error, even when the server is back with a wrong certificate. Report the certificate
    // error instead.
    private async Task<ConnectionMultiplexer> OpenAsync()
    {
        var multiplexer = await connection.Value;
        if (authority?.Refusal is { } refusal && !multiplexer.IsConnected)
            throw new RedisException(refusal.Message, refusal);
        await login.RequireAsync(multiplexer);
        return multiplexer;
    }

    private async Task<ConnectionMultiplexer> ConnectAsync(ConfigurationOptions configuration)
    {
        var multiplexer = await ConnectionMultiplexer.ConnectAsync(configuration);
        multiplexer.ConnectionRestored += (_, _) =>
        {
            login.Expire();
            Restored?.Invoke(this, EventArgs.Empty);
        };
        return multiplexer;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (connection.IsValueCreated && !isShared)
            await (await connection.Value).DisposeAsync();
    }
}
