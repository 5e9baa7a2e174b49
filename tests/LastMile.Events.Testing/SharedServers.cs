using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using LastMile.Events.Fabric;
using Npgsql;

namespace LastMile.Events.Testing;

/// <summary>
/// Real servers for the tests of one assembly. PostgreSQL and RabbitMQ start when first asked for, once, or are those that
/// <see cref="ServerAddresses.Variable"/> tells of; each test takes a database and a virtual host of its own. Say
/// <c>[assembly: AssemblyFixture(typeof(SharedServers))]</c> once and take it as a constructor argument.
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

    /// <summary>Starts nothing yet.</summary>
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

    /// <summary>Creates a database as a copy of a template, which is prepared once and saves each test the installation.</summary>
    /// <param name="prepare">
    /// Fills an empty database, given the connection string to it, and leaves no connection open. Pass a static method or lambda: each
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

    /// <summary>Creates a database on the server that a connection string leads to; returns the string to it.</summary>
    /// <param name="server">The connection string.</param>
    /// <param name="template">The name of the database to copy, to which no connection is open; an empty one by default.</param>
    public static Task<string> CreateDatabaseAsync(string server, string template = "template1") =>
        CreateDatabaseWithAsync(server, $"template {template} strategy file_copy");

    /// <summary>Creates an empty database of an encoding of PostgreSQL, such as LATIN1; returns the connection string to it.</summary>
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

    /// <summary>Starts a PostgreSQL beside the shared one, which takes seconds: for tests that change what holds for a whole server.</summary>
    public async Task<PostgresServer> StartPostgresAsync() => await (await own.Value).Servers.StartPostgresAsync();

    /// <summary>Creates an empty virtual host; returns its <c>amqp://</c> address, user and password included.</summary>
    public async Task<Uri> CreateVirtualHostAsync()
    {
        var (amqp, management) = await rabbitMq.Value;
        return await RabbitMqVirtualHost.CreateAsync(management, amqp);
    }

    /// <summary>Creates a user of the RabbitMQ, or gives it another password.</summary>
    /// <param name="amqp">Its address: user, password, and the virtual host that it may use.</param>
    public async Task PutUserAsync(Uri amqp)
    {
        var (user, password) = (amqp.UserInfo.Split(':')[0], amqp.UserInfo.Split(':')[1]);
        await PutAsync($"api/users/{user}", new { password, tags = "" });
        await PutAsync($"api/permissions{amqp.AbsolutePath}/{user}", new { configure = ".*", write = ".*", read = ".*" });
    }

    /// <summary>Creates a user of a virtual host, with no more rights than deploy/ gives it; returns the virtual host as its address.</summary>
    /// <param name="amqp">The virtual host, as <see cref="CreateVirtualHostAsync"/> returned it.</param>
    /// <param name="user">Who connects.</param>
    public async Task<Uri> CreateUserAsync(Uri amqp, RabbitMqUser user)
    {
        ArgumentNullException.ThrowIfNull(user);
        return await user.CreateAsync(await ManagementAsync(), amqp);
    }

    /// <summary>Bounds queues of a virtual host to a number of messages: a longer one drops its oldest.</summary>
    /// <param name="amqp">The virtual host's address.</param>
    /// <param name="queues">A regular expression of their names.</param>
    /// <param name="length">How many messages.</param>
    public Task BoundQueuesAsync(Uri amqp, string queues, int length) => PutAsync(
        $"api/policies{amqp.AbsolutePath}/bound",
        new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["pattern"] = queues,
            ["definition"] = new Dictionary<string, object>(StringComparer.Ordinal) { ["max-length"] = length },
            ["apply-to"] = "queues",
        });

    /// <summary>The HTTP API of the RabbitMQ, user and password included.</summary>
    public async Task<Uri> ManagementAsync() => (await rabbitMq.Value).Management;

    /// <summary>Starts a Redis, which takes some 50 ms. A replica is in sync on return.</summary>
    /// <param name="role">Which of deploy/'s configurations it runs with.</param>
    /// <param name="replicaOfPort">The port of its primary, or of a <see cref="WanLink"/> to it; null for none.</param>
    /// <param name="config">Directives that win over the configuration's.</param>
    /// <returns>Dispose its process to end it before all tests are through.</returns>
    public async Task<RedisServer> StartRedisAsync(
        RedisRole role = RedisRole.Primary, int? replicaOfPort = null, IReadOnlyDictionary<string, string>? config = null)
    {
        var settings = new RedisSettings($"redis-{Interlocked.Increment(ref redisServers)}", role) { ReplicaOfPort = replicaOfPort };
        var redis = await (await own.Value).Servers.StartRedisAsync(config is null ? settings : settings with { Config = config });
        if (replicaOfPort is not null)
            await redis.WaitForSyncAsync();
        return redis;
    }

    /// <summary>Ends what was started here.</summary>
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
        request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(management.UserInfo)));
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
