using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using LastMile.Events.Fabric;
using Npgsql;

namespace LastMile.Events.Testing;

/// <summary>
/// Real servers for the tests of one assembly. PostgreSQL and RabbitMQ start once, on first use, unless
/// <see cref="ServerAddresses.Variable"/> names running ones. Each test uses its own database and virtual host. Declare <c>[assembly:
/// AssemblyFixture(typeof(SharedServers))]</c> once and take it as a constructor argument.
/// </summary>
public sealed class SharedServers : IAsyncDisposable
{
    private readonly ServerAddresses? given = ServerAddresses.FromEnvironment();
    private readonly Lazy<Task<OwnServers>> own = new(OwnServers.OpenAsync);
    private readonly Lazy<Task<string>> postgres;
    private readonly Lazy<Task<(Uri Amqp, Uri Management)>> rabbitMq;
    private readonly ConcurrentDictionary<Func<string, Task>, Lazy<Task<string>>> templates = new();
    private readonly HttpClient http = new();
    private int redisServers;

    /// <summary>Creates the fixture without starting a server.</summary>
    public SharedServers()
    {
        postgres = new(async () => given?.Postgres ?? (await (await own.Value).Servers.StartPostgresAsync()).ConnectionString);
        rabbitMq = new(async () =>
        {
            if (given is not null)
                return (given.RabbitMq, given.RabbitMqManagement);
            var server = await (await own.Value).Servers.StartRabbitMqAsync();
            return (server.Uri, server.ManagementUri);
        });
    }

    /// <summary>Creates an empty database; returns the superuser's connection string to it.</summary>
    public async Task<string> CreateDatabaseAsync() => await CreateDatabaseAsync(await postgres.Value);

    /// <summary>
    /// Creates a database as a copy of a template. The template is prepared once, so tests need no installation of their own.
    /// </summary>
    /// <param name="prepare">
    /// Fills an empty database, given its connection string, and leaves no connection open. Pass a static method or lambda, because each
    /// delegate has its own template.
    /// </param>
    /// <returns>The superuser's connection string to the copy.</returns>
    public async Task<string> CreateDatabaseAsync(Func<string, Task> prepare)
    {
        var template = await templates.GetOrAdd(prepare, _ => new(PrepareAsync)).Value;
        return await CreateDatabaseAsync(await postgres.Value, template);

        async Task<string> PrepareAsync()
        {
            var database = new NpgsqlConnectionStringBuilder(await CreateDatabaseAsync());
            await prepare(database.ConnectionString + ";Pooling=false");
            return database.Database!;
        }
    }

    /// <summary>Creates a database on the server of a connection string; returns the connection string to the database.</summary>
    /// <param name="server">The connection string.</param>
    /// <param name="template">The name of the database to copy, which must have no open connection; an empty one by default.</param>
    public static Task<string> CreateDatabaseAsync(string server, string template = "template1") =>
        CreateDatabaseWithAsync(server, $"template {template} strategy file_copy");

    /// <summary>Creates an empty database with an encoding of PostgreSQL, such as LATIN1; returns the connection string to it.</summary>
    public async Task<string> CreateEncodedDatabaseAsync(string encoding) =>
        await CreateDatabaseWithAsync(await postgres.Value, $"encoding '{encoding}' locale 'C' template template0");

    private static async Task<string> CreateDatabaseWithAsync(string server, string options)
    {
        var name = RandomName();
        await using var source = NpgsqlDataSource.Create(server + ";Pooling=false");
        await using var command = source.CreateCommand($"create database {name} {options}");
        await command.ExecuteNonQueryAsync();
        return new NpgsqlConnectionStringBuilder(server) { Database = name, IncludeErrorDetail = true }.ConnectionString;
    }

    /// <summary>Starts a PostgreSQL next to the shared one, for tests that change server-wide state. This takes seconds.</summary>
    public async Task<PostgresServer> StartPostgresAsync() => await (await own.Value).Servers.StartPostgresAsync();

    /// <summary>Creates an empty virtual host; returns its <c>amqp://</c> address, including user and password.</summary>
    public async Task<Uri> CreateVirtualHostAsync()
    {
        var (amqp, management) = await rabbitMq.Value;
        return await RabbitMqVirtualHost.CreateAsync(management, amqp);
    }

    /// <summary>Creates a RabbitMQ user, or changes its password.</summary>
    /// <param name="amqp">The user's address: name, password, and the virtual host that it may use.</param>
    public async Task PutUserAsync(Uri amqp)
    {
        var (user, password) = (amqp.UserInfo.Split(':')[0], amqp.UserInfo.Split(':')[1]);
        await PutAsync($"api/users/{user}", new { password, tags = "" });
        await PutAsync($"api/permissions{amqp.AbsolutePath}/{user}", new { configure = ".*", write = ".*", read = ".*" });
    }

    /// <summary>
    /// Creates a user of a virtual host, with only the rights that deploy/ gives it; returns the virtual host's address with that user.
    /// </summary>
    /// <param name="amqp">The virtual host's address, as returned by <see cref="CreateVirtualHostAsync"/>.</param>
    /// <param name="user">The user to create.</param>
    public async Task<Uri> CreateUserAsync(Uri amqp, RabbitMqUser user)
    {
        ArgumentNullException.ThrowIfNull(user);
        return await user.CreateAsync(await ManagementAsync(), amqp);
    }

    /// <summary>Limits the length of queues in a virtual host. A longer queue drops its oldest messages.</summary>
    /// <param name="amqp">The virtual host's address.</param>
    /// <param name="queues">A regular expression that matches their names.</param>
    /// <param name="length">The maximum number of messages.</param>
    public Task BoundQueuesAsync(Uri amqp, string queues, int length) => PutAsync(
        $"api/policies{amqp.AbsolutePath}/bound",
        new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["pattern"] = queues,
            ["definition"] = new Dictionary<string, object>(StringComparer.Ordinal) { ["max-length"] = length },
            ["apply-to"] = "queues",
        });

    /// <summary>Returns the address of RabbitMQ's HTTP API, including user and password.</summary>
    public async Task<Uri> ManagementAsync() => (await rabbitMq.Value).Management;

    /// <summary>Starts a Redis, which takes about 50 ms. A replica is in sync on return.</summary>
    /// <param name="role">The role, which selects the configuration from deploy/.</param>
    /// <param name="replicaOfPort">The port of its primary, or of a <see cref="WanLink"/> to it; null for none.</param>
    /// <param name="config">Directives that override the configuration.</param>
    /// <returns>The server. Dispose its process to stop it before the end of all tests.</returns>
    public async Task<RedisServer> StartRedisAsync(
        RedisRole role = RedisRole.Primary, int? replicaOfPort = null, IReadOnlyDictionary<string, string>? config = null)
    {
        var settings = new RedisSettings($"redis-{Interlocked.Increment(ref redisServers)}", role) { ReplicaOfPort = replicaOfPort };
        var redis = await (await own.Value).Servers.StartRedisAsync(config is null ? settings : settings with { Config = config });
        if (replicaOfPort is not null)
            await redis.WaitForSyncAsync();
        return redis;
    }

    /// <summary>Starts a Redis Cluster of three primaries and three replicas, which takes about two seconds.</summary>
    /// <param name="config">Directives that override the configuration.</param>
    /// <returns>The cluster. Dispose it to stop it before the end of all tests.</returns>
    public async Task<RedisClusterServers> StartRedisClusterAsync(IReadOnlyDictionary<string, string>? config = null) =>
        await RedisClusterServers.StartAsync(
            (await own.Value).Servers, $"redis-cluster-{Interlocked.Increment(ref redisServers)}", config);

    /// <summary>
    /// Starts a Garnet, which takes half a second. Skip the test where <see cref="InstalledGarnet.IsInstalled"/> is false.
    /// </summary>
    public async Task<RedisServer> StartGarnetAsync() =>
        await GarnetServers.StartAsync((await own.Value).Servers, $"garnet-{Interlocked.Increment(ref redisServers)}");

    /// <summary>Starts the nodes of a Garnet cluster, as <see cref="StartGarnetAsync"/>.</summary>
    public async Task<IReadOnlyList<RedisServer>> StartGarnetClusterAsync() =>
        await GarnetServers.StartClusterAsync((await own.Value).Servers, $"garnet-cluster-{Interlocked.Increment(ref redisServers)}");

    /// <summary>Starts an endpoint whose Redis can be replaced. Dispose it at the end of the test.</summary>
    public async Task<ManagedEndpoint> StartManagedEndpointAsync() =>
        await ManagedEndpoint.StartAsync((await own.Value).Servers, $"managed-{Interlocked.Increment(ref redisServers)}");

    /// <summary>Stops the servers that this fixture started.</summary>
    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        if (own.IsValueCreated)
            await (await own.Value).DisposeAsync();
    }

    private async Task PutAsync<T>(string path, T body)
    {
        var management = (await rabbitMq.Value).Management;
        using var request = new HttpRequestMessage(HttpMethod.Put, new Uri(management, path)) { Content = JsonContent.Create(body) };
        request.Headers.Authorization = new AuthenticationHeaderValue(
            "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(management.UserInfo)));
        using var response = await http.SendAsync(request);
        response.EnsureSuccessStatusCode();
    }

    private static string RandomName() => "test_" + RandomNumberGenerator.GetHexString(12, lowercase: true);

    private sealed record OwnServers(RunFolder Folder, IServers Servers) : IAsyncDisposable
    {
        public static async Task<OwnServers> OpenAsync()
        {
            var source = await ServerChoice.DecideAsync();
            var folder = RunFolder.Create();
            return new OwnServers(folder, ServerChoice.Open(source, folder.Path));
        }

        public async ValueTask DisposeAsync()
        {
            await Servers.DisposeAsync();
            Folder.Dispose();
        }
    }
}
