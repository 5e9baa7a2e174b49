using System.Diagnostics;
using System.Text.Json;
using LastMile.Events.Fabric;
using Npgsql;

namespace LastMile.Events.Chaos.Faults;

/// <summary>The system under test, and the means to break it, which use administrator rights that no service has.</summary>
internal sealed class Scene : IAsyncDisposable
{
    // Longer than another fault of the same round lasts, including its mending.
    private static readonly TimeSpan RetryLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(200);

    private static readonly TimeSpan CommandTimeout = TimeSpan.FromSeconds(10);

    // An active agent answers at once, and a frozen one never does.
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(2) };

    private readonly bool ownsSystem;
    private readonly Dictionary<string, int> turns = new(StringComparer.Ordinal);

    private Scene(
        LastMileSystem system, IReadOnlyList<Reader> readers, IReadOnlyList<(string Region, Service Agent)> more, bool ownsSystem)
    {
        (System, Readers, this.ownsSystem) = (system, readers, ownsSystem);
        Agents = system.Agents.Select(agent => (Region: agent.Key, Agent: agent.Value)).Concat(more)
            .ToLookup(agent => agent.Region, agent => agent.Agent, StringComparer.Ordinal);
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

    /// <summary>The agents of each region: one that is active, and in an independent region one on standby.</summary>
    public ILookup<string, Service> Agents { get; }

    /// <summary>Every process of an application that reads through a region's cache.</summary>
    public IReadOnlyList<Reader> Readers { get; }

    /// <summary>The database, accessed as superuser.</summary>
    public NpgsqlDataSource Administrator { get; }

    public RegionalFabric Servers => System.Servers;

    /// <summary>
    /// Starts a whole system: regions with two Storefronts each, two Invalidators, and a standby for the primary if there is one. An
    /// independent region has two agents, because nothing else applies its purges.
    /// </summary>
    public static async Task<Scene> StartAsync(
        FabricOptions options, int products, IProgress<string> progress, CancellationToken cancellationToken)
    {
        var servers = options with { Standby = options.Primary, ReaderLinks = true };
        var system = await LastMileSystem.StartAsync(servers, products, progress, invalidators: 2, cancellationToken);
        try
        {
            var more = await Task.WhenAll(system.Servers.Regions
                .Select(async region => new Reader(
                    region, await system.StartStorefrontAsync(region, $"storefront-{region.Name}-2", cancellationToken)))
                .ToArray());
            var standbys = await Task.WhenAll(system.Servers.Regions.Where(region => region.Kind == RegionKind.Independent)
                .Select(async region => (region.Name, await system.StartAgentAsync(
                    region, $"agent-{region.Name}-2", cancellationToken: cancellationToken)))
                .ToArray());
            return new Scene(system, [.. ReadersOf(system), .. more], standbys, ownsSystem: true);
        }
        catch
        {
            await system.DisposeAsync();
            throw;
        }
    }

    /// <summary>Uses a running system, which keeps running when the scene is disposed.</summary>
    public static Scene Of(LastMileSystem system) => new(system, [.. ReadersOf(system)], [], ownsSystem: false);

    public Region Region(string name) => Servers.Regions.Single(region => region.Name == name);

    /// <summary>Returns a region's active agent; the first one if none reports that it is active.</summary>
    public async Task<Service> ActiveAgentAsync(string region)
    {
        var agents = Agents[region].ToArray();
        if (agents.Length == 1)
            return agents[0];
        var active = await Task.WhenAll(agents.Select(IsActiveAsync));
        return agents[Math.Max(0, Array.IndexOf(active, true))];
    }

    /// <summary>
    /// Returns how many faults of this kind of choice a region had before. Faults that choose one of several nodes take turns by it, so
    /// that a seed repeats its run.
    /// </summary>
    public int NextTurn(string region)
    {
        lock (turns)
            return turns[region] = turns.GetValueOrDefault(region, -1) + 1;
    }

    /// <summary>Runs a command on a Redis.</summary>
    public static Task ExecuteAsync(RedisServer redis, params string[] command) => redis.SendAsync(command).WaitAsync(CommandTimeout);

    /// <summary>
    /// Runs SQL as superuser, and retries while another fault makes PostgreSQL unavailable. The SQL must be safe to run twice.
    /// </summary>
    public Task ExecuteAsync(string sql) => RetryWhileDownAsync<NpgsqlException>(async () =>
    {
        await using var command = Administrator.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    });

    /// <summary>Runs an action that is safe to repeat, and retries it for up to a minute, because another fault may make it fail.</summary>
    /// <typeparam name="TException">The exception to retry on.</typeparam>
    public static async Task RetryWhileDownAsync<TException>(Func<Task> action)
        where TException : Exception
    {
        var begun = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                await action();
                return;
            }
            catch (TException) when (Stopwatch.GetElapsedTime(begun) < RetryLimit)
            {
                await Task.Delay(RetryPause);
            }
        }
    }

    private static async Task<bool> IsActiveAsync(Service agent)
    {
        try
        {
            using var status = JsonDocument.Parse(await Http.GetStringAsync(new Uri(agent.Address, "status")));
            return status.RootElement.GetProperty("active").GetBoolean();
        }
        catch (Exception away) when (away is HttpRequestException or OperationCanceledException)
        {
            return false;
        }
    }

    private static IEnumerable<Reader> ReadersOf(LastMileSystem system) =>
        system.Servers.Regions.Select(region => new Reader(region, system.Storefronts[region.Name]));

    public async ValueTask DisposeAsync()
    {
        await Administrator.DisposeAsync();
        if (ownsSystem)
            await System.DisposeAsync();
    }
}
