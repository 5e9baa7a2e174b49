using LastMile.Events.Redis;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace LastMile.Events.Hosting;

/// <summary>The service's connection to its Redis. Opens in the background, reconnects by itself; commands fail while it is down.</summary>
public sealed class RedisConnection : IAsyncDisposable
{
    private readonly Lazy<Task<ConnectionMultiplexer>> connection;
    private readonly CustomCaValidator? authority;
    private readonly string endpoint;

    /// <summary>Prepares the connection; nothing is sent before the first use.</summary>
    /// <param name="options">Where the server is.</param>
    public RedisConnection(IOptions<RedisOptions> options)
    {
        ArgumentNullException.ThrowIfNull(options);

        Keys = new RedisKeys(options.Value.KeyPrefix);
        var configuration = ConfigurationOptions.Parse(options.Value.ConnectionString);
        configuration.AbortOnConnectFail = false;
        // StackExchange.Redis counts INFO as administration.
        configuration.AllowAdmin = true;
        configuration.ReconnectRetryPolicy = new ExponentialRetry(deltaBackOffMilliseconds: 100, maxDeltaBackOffMilliseconds: 5_000);
        // Asked at each connect, needed for nothing here, and not granted: what CONFIG tells may hold passwords.
        if (ReferenceEquals(configuration.CommandMap, CommandMap.Default))
            configuration.CommandMap = CommandMap.Create(["CONFIG", "CLUSTER"], available: false);
        // A command that waits for a reconnect would come at a time of its own; the callers retry, and say that they do.
        configuration.BacklogPolicy = BacklogPolicy.FailFast;
        // Of several servers one is the primary: which one it has become is found out in a second, where the client's default is a minute.
        if (configuration.EndPoints.Count > 1)
            configuration.ConfigCheckSeconds = 1;
        if (options.Value.CaCertificate is { Length: > 0 } file)
        {
            authority = new CustomCaValidator(RedisOptions.CaCertificateSetting, file);
            configuration.CertificateValidation += authority.Validate;
        }

        endpoint = string.Join(',', configuration.EndPoints);
        connection = new Lazy<Task<ConnectionMultiplexer>>(() => ConnectAsync(configuration));
    }

    /// <summary>The connection was lost and is back; another server may answer behind it.</summary>
    public event EventHandler? Restored;

    /// <summary>The names in use there.</summary>
    public RedisKeys Keys { get; }

    /// <summary>The connection, and a database of it.</summary>
    /// <exception cref="RedisException">The server's certificate was refused.</exception>
    public async Task<IDatabase> DatabaseAsync() => (await OpenAsync()).GetDatabase();

    /// <summary>Subscriptions of it.</summary>
    public async Task<ISubscriber> SubscriberAsync() => (await connection.Value).GetSubscriber();

    /// <summary>The server itself, for <c>INFO</c>. Where several are configured, the first that answers as a primary, else the first.</summary>
    /// <exception cref="RedisException">The server's certificate was refused.</exception>
    public async Task<IServer> ServerAsync()
    {
        var servers = (await OpenAsync()).GetServers();
        return servers.FirstOrDefault(server => server is { IsConnected: true, IsReplica: false }) ?? servers[0];
    }

    /// <summary>The address, without secrets.</summary>
    public override string ToString() => endpoint;

    // Until it is connected, the client tells how its first attempt failed: of a server that is back with a wrong certificate, that it was away.
    private async Task<ConnectionMultiplexer> OpenAsync()
    {
        var multiplexer = await connection.Value;
        return authority?.Refusal is { } refusal && !multiplexer.IsConnected
            ? throw new RedisException(refusal.Message, refusal)
            : multiplexer;
    }

    private async Task<ConnectionMultiplexer> ConnectAsync(ConfigurationOptions configuration)
    {
        var multiplexer = await ConnectionMultiplexer.ConnectAsync(configuration);
        multiplexer.ConnectionRestored += (_, _) => Restored?.Invoke(this, EventArgs.Empty);
        return multiplexer;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (connection.IsValueCreated)
            await (await connection.Value).DisposeAsync();
    }
}
