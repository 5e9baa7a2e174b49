using System.Text.Json;
using LastMile.Events.Fabric;
using LastMile.Events.Messages;
using LastMile.Events.Redis;
using LastMile.Events.Testing;
using StackExchange.Redis;
using Xunit;

namespace RegionAgent.Tests;

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
    private bool hasNeighbour;

    public RedisServer Region { get; private set; } = null!;

    /// <summary>The region's Redis, or the first node of a cluster, accessed as an administrator.</summary>
    public IServer InRegion => admin.GetServers()[0];

    /// <summary>The Redis that applications fill: the region's, or the primary of a read-only region.</summary>
    public IDatabase Cache => applications.GetDatabase();

    /// <summary>The region's Redis, accessed as an application accesses it.</summary>
    public virtual IDatabase Held => Cache;

    public RedisKeys Keys { get; } = new();

    public RegionBus Bus { get; private set; } = null!;

    /// <summary>The link between the agents and the bus.</summary>
    public WanLink BusLink { get; private set; } = null!;

    /// <summary>The last agent started.</summary>
    public RunningAgent Agent => agents[^1];

    /// <summary>The watermark of the newest purge.</summary>
    public Watermark Newest
    {
        get;
        private set
        {
            field = value;
            Furthest = value > Furthest ? value : Furthest;
        }
    }

    /// <summary>The furthest watermark of all databases that the default lineage has been used for.</summary>
    public Watermark Furthest { get; private set; }

    /// <summary>The second database that the region serves; null for none.</summary>
    public Neighbour? Neighbour { get; private set; }

    /// <summary>How purges reach the region, as reports name it.</summary>
    public abstract string Topology { get; }

    /// <summary>The verdict, and the state of the link, after <see cref="BreakAsync"/>.</summary>
    public virtual (string Verdict, LinkState Link) Broken => ("Unreachable", LinkState.Unreachable);

    /// <summary>The agent's settings in this topology.</summary>
    protected virtual IEnumerable<(string Setting, string Value)> Settings => [];

    /// <summary>Settings that only this topology needs.</summary>
    protected virtual IEnumerable<(string Setting, string Value)> AgentSettings => [];

    protected virtual string AgentEndpoint => Region.EndpointAs(RedisUser.Agent);

    protected virtual string ApplicationEndpoint => Region.Endpoint + ",proxy=Envoyproxy";

    /// <summary>Starts a region with heartbeats and an active agent that knows the region's applied watermark.</summary>
    public static Task<RegionWorld> OpenAsync(SharedServers servers, Kind kind, params (string Setting, string Value)[] settings) =>
        OpenAsync(servers, kind, prepare: _ => { }, settings);

    /// <summary>Starts a region like the other overload.</summary>
    /// <param name="servers">The servers.</param>
    /// <param name="kind">The topology.</param>
    /// <param name="prepare">Runs before the agent starts.</param>
    /// <param name="settings">The agent's settings.</param>
    public static async Task<RegionWorld> OpenAsync(
        SharedServers servers, Kind kind, Action<RegionWorld> prepare, params (string Setting, string Value)[] settings)
    {
        RegionWorld world = kind switch
        {
            Kind.Replicated or Kind.ReplicatedTwoLineages => new ReplicatedWorld(),
            Kind.Cluster => new ClusterWorld(),
            Kind.Garnet => new GarnetWorld(),
            Kind.Managed => new ManagedWorld(),
            Kind.ReadOnly => new ReadOnlyWorld(),
            _ => new IndependentWorld(),
        };
        world.hasNeighbour = kind is Kind.ReplicatedTwoLineages or Kind.IndependentTwoLineages;
        await world.BeginAsync(servers, prepare, settings);
        return world;
    }

    /// <summary>Opens the region, and waits until its agent is active and knows the region's applied watermark.</summary>
    protected async Task BeginAsync(
        SharedServers servers, Action<RegionWorld> prepare, params (string Setting, string Value)[] settings)
    {
        await OpenAsync(servers);
        if (hasNeighbour)
            Neighbour = await Neighbour.MoveInAsync(this);
        prepare(this);
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
            .. Settings,
            .. AgentSettings,
            .. hasNeighbour ? Neighbour.Settings : [],
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
        var values = await Task.WhenAll(keys.Select(key => Held.StringGetAsync(key)));
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
        Newest = await ApplyAsync(Keys.Lineage, Newest, what);
        var batch = what with { Epoch = Newest.Epoch, Sequence = Newest.Sequence };
        Bus.Log.Add(batch);
        return batch;
    }

    /// <summary>Uses a sequence without logging or publishing it, as an Invalidator does that crashes between purge and log.</summary>
    public async Task SkipAsync() => Newest = await ApplyAsync(Keys.Lineage, Newest, Batches.Of(1, 1));

    /// <summary>Opens an epoch, as an Invalidator does.</summary>
    public async Task OpenEpochAsync(long epoch) => Newest = await OpenEpochAsync(Keys.Lineage, epoch);

    /// <summary>Opens an epoch of a lineage; returns its first watermark.</summary>
    public abstract Task<Watermark> OpenEpochAsync(string lineage, long epoch);

    /// <summary>Applies a purge of a lineage where an Invalidator does; returns its watermark.</summary>
    public abstract Task<Watermark> ApplyAsync(string lineage, Watermark newest, PurgeApplied what);

    /// <summary>Makes the region's Redis miss purges: cuts its link, or kills it.</summary>
    public abstract Task BreakAsync();

    /// <summary>Undoes <see cref="BreakAsync"/>. The region may have lost its data.</summary>
    public abstract Task MendAsync();

    /// <summary>Kills the region's Redis.</summary>
    public virtual Task CrashAsync() => BreakAsync();

    /// <summary>Undoes <see cref="CrashAsync"/>.</summary>
    public virtual Task RestartAsync() => MendAsync();

    /// <summary>Cuts what carries purges to the region: replication, or the bus.</summary>
    public virtual Task CutPurgesAsync()
    {
        BusLink.Cut();
        return Task.CompletedTask;
    }

    /// <summary>Undoes <see cref="CutPurgesAsync"/>.</summary>
    public virtual Task MendPurgesAsync()
    {
        BusLink.Mend();
        return Task.CompletedTask;
    }

    /// <summary>Makes the region come back from its next crash with the data that it has now.</summary>
    public virtual Task KeepCopyAsync() => SendAsync("SAVE");

    /// <summary>Sends a command to each server that holds the region's keys, as an administrator.</summary>
    public virtual Task SendAsync(params string[] command) => Region.SendAsync(command);

    /// <summary>The names of a lineage: those of the only server, or those on each node of a cluster.</summary>
    public virtual IReadOnlyList<RedisKeys> KeysOf(string lineage) => [new(Keys.Prefix, lineage)];

    /// <summary>Returns the watermark that the region shows on all of its servers; <c>default</c> for none.</summary>
    public Task<Watermark> ShownAsync(string lineage = RedisKeys.DefaultLineage) => LeastAsync(lineage, keys => keys.Watermark);

    /// <summary>Returns the checkpoint from which an agent that takes over continues; <c>default</c> for none.</summary>
    public virtual Task<Watermark> SavedAsync() => ShownAsync();

    /// <summary>Waits until the region shows the newest purge.</summary>
    public Task ShowsNewestAsync() => Eventually.Async(() => ShownAsync(), shown => shown == Newest, sought: $"the region shows {Newest}");

    /// <summary>Waits until the checkpoint contains the newest purge.</summary>
    public Task SavesNewestAsync() => Eventually.Async(SavedAsync, saved => saved == Newest, sought: $"the checkpoint is {Newest}");

    /// <summary>Writes an older watermark than the region's, as a restored copy has it.</summary>
    public Task ShowAsync(Watermark older) => Task.WhenAll(
        KeysOf(Keys.Lineage).Select(keys => Cache.StringSetAsync(keys.Watermark, older.ToString())));

    /// <summary>Deletes what an agent that takes over would continue from.</summary>
    public Task DropCheckpointAsync() => Task.WhenAll(
        KeysOf(Keys.Lineage).Select(keys => Cache.KeyDeleteAsync([keys.Watermark, keys.Applied])));

    /// <summary>Returns the names of the markers that readers may use the region's cache.</summary>
    public virtual Task<RedisKey[]> SoundMarkersAsync() =>
        Task.FromResult<RedisKey[]>([.. KeysOf(Keys.Lineage).Select(keys => keys.Sound)]);

    /// <summary>Returns whether readers may use the region's cache, on all of its servers.</summary>
    public async Task<bool> IsSoundAsync() =>
        (await Task.WhenAll(KeysOf(Keys.Lineage).Select(keys => new SoundMarker(Held, keys).ReadAsync()))).All(read => read.IsSet);

    protected async Task<Watermark> LeastAsync(string lineage, Func<RedisKeys, RedisKey> name)
    {
        var held = await Task.WhenAll(KeysOf(lineage).Select(keys => Held.StringGetAsync(name(keys))));
        return held.Min(text => Watermark.TryParse((string?)text, out var watermark) ? watermark : default);
    }

    /// <summary>Gives the lease of the region's active agent to another one.</summary>
    public Task SetLeaseAsync(string holder, TimeSpan duration) => Cache.StringSetAsync(Keys.Leader, holder, duration);

    /// <summary>Waits until the agent reports every purge as applied.</summary>
    public Task AppliedAsync() => Eventually.Async(Agent.StatusAsync, status => Place(status, "applied") == Newest);

    /// <summary>Waits until a verdict has counted the newest purge, which the region shows.</summary>
    public Task<JsonElement> JudgedAsync() => Eventually.Async(
        Agent.StatusAsync, status => Place(status, "expected") == Newest && Place(status, "observed") == Newest);

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
        if (Neighbour is not null)
            await Neighbour.DisposeAsync();
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
        // After a replica's first sync, the primary holds back the stream for up to a second. Waits until that lag is over.
        if (Topology is "Replicated" or "ReadOnly")
            await ShowsNewestAsync();
        var uri = await servers.CreateVirtualHostAsync();
        BusLink = new WanLink(uri.Port);
        agentAmqp = await servers.CreateUserAsync(uri, RabbitMqUser.Agent("ams"));
        Bus = await RegionBus.ConnectAsync(uri);
    }

    protected abstract Task<RedisServer> StartRegionAsync(SharedServers servers);

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
