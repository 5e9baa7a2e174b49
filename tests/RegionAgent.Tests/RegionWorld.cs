using System.Text.Json;
using LastMile.Events.Fabric;
using LastMile.Events.Messages;
using LastMile.Events.Redis;
using LastMile.Events.Testing;
using StackExchange.Redis;
using Xunit;

namespace RegionAgent.Tests;

/// <summary>How purges reach a region.</summary>
public enum Kind
{
    Replicated,
    Independent,

    /// <summary>Independent, and a cluster.</summary>
    Cluster,
}

/// <summary>A region, its bus and its agents. The test applies, logs and publishes purges, as an Invalidator does.</summary>
internal abstract class RegionWorld : IAsyncDisposable
{
    /// <summary>
    /// Appended to a connection string, so that a client whose server is down at the start is ready after one second instead of five.
    /// </summary>
    public const string GivesUpSoon = ",connectTimeout=1000";

    private static readonly TimeSpan HeartbeatPeriod = TimeSpan.FromMilliseconds(200);

    private readonly List<RunningAgent> agents = [];
    private readonly CancellationTokenSource stopping = new();
    private ConnectionMultiplexer applications = null!;
    private ConnectionMultiplexer admin = null!;
    private Uri agentAmqp = null!;
    private Task heart = Task.CompletedTask;

    public RedisServer Region { get; private set; } = null!;

    public IServer InRegion => admin.GetServers()[0];

    /// <summary>The region's Redis, accessed as an application accesses it.</summary>
    public IDatabase Cache => applications.GetDatabase();

    public RedisKeys Keys { get; } = new();

    public RegionBus Bus { get; private set; } = null!;

    /// <summary>The link between the agents and the bus.</summary>
    public WanLink BusLink { get; private set; } = null!;

    /// <summary>The last agent started.</summary>
    public RunningAgent Agent => agents[^1];

    /// <summary>The watermark of the newest purge.</summary>
    public Watermark Newest { get; protected set; } = new(1, 0);

    protected abstract string Topology { get; }

    protected virtual string AgentEndpoint => Region.EndpointAs(RedisUser.Agent);

    protected virtual string ApplicationEndpoint => Region.Endpoint + ",proxy=Envoyproxy";

    /// <summary>Starts a region with heartbeats and an active agent that knows the region's applied watermark.</summary>
    public static async Task<RegionWorld> OpenAsync(SharedServers servers, Kind kind, params (string Setting, string Value)[] settings)
    {
        RegionWorld world = kind switch
        {
            Kind.Replicated => new ReplicatedWorld(),
            Kind.Cluster => new ClusterWorld(),
            _ => new IndependentWorld(),
        };
        await world.BeginAsync(servers, settings);
        return world;
    }

    /// <summary>Opens the region, and waits until its agent is active and knows the region's applied watermark.</summary>
    protected async Task BeginAsync(SharedServers servers, params (string Setting, string Value)[] settings)
    {
        await OpenAsync(servers);
        await StartAgentAsync(settings);
        heart = BeatAsync(stopping.Token);
        await AppliedAsync();
    }

    public async Task<RunningAgent> StartAgentAsync(params (string Setting, string Value)[] settings)
    {
        var agent = await StartUnconnectedAgentAsync(settings);
        await Eventually.Async(
            agent.ReadyAsync, ready => ready.Contains("{\"name\":\"rabbitmq\",\"status\":\"Healthy\"", StringComparison.Ordinal));
        return agent;
    }

    /// <summary>Starts an agent without waiting until it is connected to the bus.</summary>
    public async Task<RunningAgent> StartUnconnectedAgentAsync(params (string Setting, string Value)[] settings)
    {
        var agent = await RunningAgent.StartAsync(
        [
            ("Region:Name", "ams"),
            ("Region:Topology", Topology),
            ("Region:AgentName", $"agent-{agents.Count}"),
            ("Region:RecoverAfter", "00:00:00.200"),
            // A busy machine must not make a warning critical.
            ("Region:CriticalAfter", "01:00:00"),
            ("Redis:ConnectionString", AgentEndpoint + GivesUpSoon),
            ("RabbitMq:Uri", new UriBuilder(agentAmqp) { Port = BusLink.Port }.ToString()),
            .. settings,
        ]);
        agents.Add(agent);
        return agent;
    }

    public async Task StopAgentAsync(RunningAgent agent)
    {
        agents.Remove(agent);
        await agent.DisposeAsync();
    }

    public Task FillAsync(params IEnumerable<string> keys) =>
        Task.WhenAll(keys.Select(key => Cache.StringSetAsync(key, "cached")));

    /// <summary>Returns those of the keys that the region holds.</summary>
    public async Task<string[]> HeldAsync(params string[] keys)
    {
        var values = await Task.WhenAll(keys.Select(key => Cache.StringGetAsync(key)));
        return [.. keys.Where((_, n) => values[n].HasValue)];
    }

    public Task<PurgeApplied> PurgeAsync(params string[] keys) => PurgeAsync(Batches.Of(1, 1, keys));

    /// <summary>Applies, logs and publishes a purge.</summary>
    public async Task<PurgeApplied> PurgeAsync(PurgeApplied what)
    {
        var batch = await MakeAsync(what);
        await Bus.PublishAsync(new PurgesApplied([batch]));
        return batch;
    }

    /// <summary>Applies and logs a purge without publishing it.</summary>
    public async Task<PurgeApplied> MakeAsync(PurgeApplied what)
    {
        Newest = await ApplyAsync(what);
        var batch = what with { Epoch = Newest.Epoch, Sequence = Newest.Sequence };
        Bus.Log.Add(batch);
        return batch;
    }

    /// <summary>Uses a sequence without logging or publishing it, as an Invalidator does that crashes between purge and log.</summary>
    public async Task SkipAsync() => Newest = await ApplyAsync(Batches.Of(1, 1));

    public abstract Task OpenEpochAsync(long epoch);

    /// <summary>Cuts the region's link, or kills its Redis.</summary>
    public abstract Task BreakAsync();

    /// <summary>Undoes <see cref="BreakAsync"/>.</summary>
    public abstract Task MendAsync();

    /// <summary>Waits until the agent reports every purge as applied.</summary>
    public Task AppliedAsync() => Eventually.Async(Agent.StatusAsync, status => Place(status, "applied") == Newest);

    /// <summary>
    /// Waits until a report shows every purge as applied, and asserts that no alert was raised. An alert would arrive before that report,
    /// because the agent publishes both in order.
    /// </summary>
    public async Task AppliedWithoutAlertAsync()
    {
        await AppliedAsync();
        await Eventually.Async(() => Bus.Reports.Any(
            report => report.Applied is { } applied && new Watermark(applied.Epoch, applied.Sequence) == Newest));
        Assert.Empty(Bus.Alerts);
    }

    public Task VerdictIsAsync(string verdict) => Eventually.Async(Agent.VerdictAsync, seen => seen == verdict);

    public static Watermark Place(JsonElement status, string name) =>
        status.GetProperty(name) is { ValueKind: JsonValueKind.Object } watermark
            ? new Watermark(watermark.GetProperty("epoch").GetInt64(), watermark.GetProperty("sequence").GetInt64())
            : default;

    public virtual async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await heart;
        stopping.Dispose();
        foreach (var agent in agents)
            await agent.DisposeAsync();
        await Bus.DisposeAsync();
        await applications.DisposeAsync();
        await admin.DisposeAsync();
        await BusLink.DisposeAsync();
        await Region.Process.DisposeAsync();
    }

    protected async Task OpenAsync(SharedServers servers)
    {
        Region = await StartRegionAsync(servers);
        // The proxy setting keeps the client from detecting that the server is a replica, to which it would refuse to write.
        applications = await ConnectionMultiplexer.ConnectAsync(ApplicationEndpoint + ",abortConnect=false");
        admin = await ConnectionMultiplexer.ConnectAsync(Region.Endpoint + ",allowAdmin=true,abortConnect=false");
        await OpenEpochAsync(1);
        var uri = await servers.CreateVirtualHostAsync();
        BusLink = new WanLink(uri.Port);
        agentAmqp = await servers.CreateUserAsync(uri, RabbitMqUser.Agent("ams"));
        Bus = await RegionBus.ConnectAsync(uri);
    }

    protected abstract Task<RedisServer> StartRegionAsync(SharedServers servers);

    protected abstract Task<Watermark> ApplyAsync(PurgeApplied what);

    private async Task BeatAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(HeartbeatPeriod);
        try
        {
            do
                await Bus.BeatAsync(Newest);
            while (await timer.WaitForNextTickAsync(cancellationToken));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The test is over.
        }
    }
}
