using LastMile.Events.Fabric;
using Npgsql;
using StackExchange.Redis;

namespace LastMile.Events.Chaos.Faults;

/// <summary>The system that is being broken, and the means to break it: an administrator's, which no service has.</summary>
internal sealed class Scene : IAsyncDisposable
{
    private Scene(LastMileSystem system, Service second)
    {
        System = system;
        Invalidators = new Dictionary<string, Service>(StringComparer.Ordinal) { [system.Invalidator.Name] = system.Invalidator, [second.Name] = second };
        var database = new NpgsqlConnectionStringBuilder(system.Servers.Postgres.ConnectionString)
        {
            Database = new NpgsqlConnectionStringBuilder(system.Database.ConnectionString).Database,
            ApplicationName = "chaos",
            CommandTimeout = 10,
        };
        Administrator = NpgsqlDataSource.Create(database.ConnectionString);
    }

    public LastMileSystem System { get; }

    public IReadOnlyDictionary<string, Service> Invalidators { get; }

    /// <summary>The database as its superuser.</summary>
    public NpgsqlDataSource Administrator { get; }

    public RegionalFabric Servers => System.Servers;

    /// <summary>Starts the whole of a system: its regions, a standby of the primary, two Invalidators.</summary>
    public static async Task<Scene> StartAsync(FabricOptions options, int products, IProgress<string> progress, CancellationToken cancellationToken)
    {
        var system = await LastMileSystem.StartAsync(options with { Standby = true }, products, progress, cancellationToken);
        try
        {
            return new Scene(system, await system.StartInvalidatorAsync("invalidator-2", cancellationToken: cancellationToken));
        }
        catch
        {
            await system.DisposeAsync();
            throw;
        }
    }

    public Region Region(string name) => Servers.Regions.Single(region => region.Name == name);

    /// <summary>Has a Redis do something.</summary>
    public static async Task TellAsync(RedisServer redis, string command, params object[] arguments)
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync(redis.Endpoint + ",allowAdmin=true,asyncTimeout=10000");
        await connection.GetServers()[0].ExecuteAsync(command, arguments);
    }

    /// <summary>Runs SQL as the superuser.</summary>
    public async Task ExecuteAsync(string sql)
    {
        await using var command = Administrator.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Administrator.DisposeAsync();
        await System.DisposeAsync();
    }
}
