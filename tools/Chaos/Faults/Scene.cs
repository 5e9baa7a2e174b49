using System.Diagnostics;
using LastMile.Events.Fabric;
using Npgsql;
using StackExchange.Redis;

namespace LastMile.Events.Chaos.Faults;

/// <summary>The system that is being broken, and the means to break it: an administrator's, which no service has.</summary>
internal sealed class Scene : IAsyncDisposable
{
    // Longer than another fault of the same round lasts and takes to be mended.
    private static readonly TimeSpan LongestAway = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(200);

    private readonly bool ownsSystem;

    private Scene(LastMileSystem system, bool ownsSystem)
    {
        (System, this.ownsSystem) = (system, ownsSystem);
        Invalidators = system.Invalidators.ToDictionary(invalidator => invalidator.Name, StringComparer.Ordinal);
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
    public static async Task<Scene> StartAsync(FabricOptions options, int products, IProgress<string> progress, CancellationToken cancellationToken) =>
        new(await LastMileSystem.StartAsync(options with { Standby = true }, products, progress, invalidators: 2, cancellationToken), ownsSystem: true);

    /// <summary>Breaks a system that runs already, and goes on when the scene is disposed.</summary>
    public static Scene Of(LastMileSystem system) => new(system, ownsSystem: false);

    public Region Region(string name) => Servers.Regions.Single(region => region.Name == name);

    /// <summary>Has a Redis do something.</summary>
    public static async Task ExecuteAsync(RedisServer redis, string command, params object[] arguments)
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync(redis.Endpoint + ",allowAdmin=true,asyncTimeout=10000");
        await connection.GetServers()[0].ExecuteAsync(command, arguments);
    }

    /// <summary>Runs SQL as the superuser, again while another fault keeps PostgreSQL from it: SQL that may run twice.</summary>
    public Task ExecuteAsync(string sql) => WhileAwayAsync<NpgsqlException>(async () =>
    {
        await using var command = Administrator.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    });

    /// <summary>Does what may be done twice, again for a while when it fails: another fault may have taken away what it needs.</summary>
    /// <typeparam name="TAway">What it throws then.</typeparam>
    public static async Task WhileAwayAsync<TAway>(Func<Task> action)
        where TAway : Exception
    {
        var begun = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                await action();
                return;
            }
            catch (TAway) when (Stopwatch.GetElapsedTime(begun) < LongestAway)
            {
                await Task.Delay(RetryPause);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Administrator.DisposeAsync();
        if (ownsSystem)
            await System.DisposeAsync();
    }
}
