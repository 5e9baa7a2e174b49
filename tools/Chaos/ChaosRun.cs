using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using LastMile.Events.Chaos.Faults;
using LastMile.Events.Chaos.Load;
using LastMile.Events.Chaos.Oracle;
using LastMile.Events.Chaos.Plan;
using LastMile.Events.Chaos.Report;

namespace LastMile.Events.Chaos;

/// <summary>Breaks a system under load, round after round, and judges it after each.</summary>
internal sealed class ChaosRun : IAsyncDisposable
{
    private static readonly TimeSpan Calm = TimeSpan.FromSeconds(1);

    private readonly ChaosOptions options;
    private readonly IProgress<string> progress;
    private readonly Scene scene;
    private readonly Broker broker;
    private readonly Shop shop;
    private readonly Dictionary<string, int> faults = new(StringComparer.Ordinal);
    private readonly List<CacheContents> regions = [];
    private readonly List<StaleWatch> watches = [];
    private AlertHistory alerts = null!;
    private QuietPoint quiet = null!;
    private ShopLoad load = null!;

    private ChaosRun(ChaosOptions options, Scene scene, IProgress<string> progress)
    {
        (this.options, this.scene, this.progress) = (options, scene, progress);
        broker = new Broker(scene.Servers.RabbitMq.Uri);
        shop = new Shop(scene.System.Database.ApplicationConnectionString, new CommitBook(TimeProvider.System), options.Products);
    }

    /// <summary>
    /// How long the system may take to be right again once all is mended, before what is wrong counts. Long enough for the slowest way back:
    /// a service that was just started, behind a broker that was.
    /// </summary>
    public TimeSpan Patience { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Starts a system, the load on it and what watches both.</summary>
    public static async Task<ChaosRun> StartAsync(ChaosOptions options, IProgress<string> progress, CancellationToken cancellationToken) =>
        await StartAsync(options, await Scene.StartAsync(options.Servers, options.Products, progress, cancellationToken), progress, cancellationToken);

    /// <summary>Starts the load and what watches it on a system that runs. The scene ends with the run.</summary>
    public static async Task<ChaosRun> StartAsync(ChaosOptions options, Scene scene, IProgress<string> progress, CancellationToken cancellationToken)
    {
        var run = new ChaosRun(options, scene, progress);
        try
        {
            await run.PrepareAsync(cancellationToken);
            return run;
        }
        catch
        {
            await run.DisposeAsync();
            throw;
        }
    }

    /// <summary>Breaks and mends until the time is over, or until something is wrong that does not mend.</summary>
    /// <param name="kinds">The kinds of fault to draw from.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<ChaosReport> RunAsync(IReadOnlyList<FaultKind> kinds, CancellationToken cancellationToken)
    {
        var plan = new ChaosPlan(options.Seed, kinds, [.. scene.Invalidators.Keys.Order(StringComparer.Ordinal)], ChaosOptions.Regions, options.LongestFault);
        var begun = Stopwatch.GetTimestamp();
        await Task.Delay(options.WarmUp, cancellationToken);
        var wrong = await JudgeAsync([], cancellationToken);
        var rounds = 0;
        while (wrong.Count == 0 && Stopwatch.GetElapsedTime(begun) < options.Duration && !(options.OnceThrough && kinds.All(kind => faults.ContainsKey(kind.Name))))
        {
            var round = plan.NextRound();
            progress.Report($"{Stopwatch.GetElapsedTime(begun):mm\\:ss} round {++rounds}: {string.Join("; ", round)}");
            wrong = await RunAsync(round, cancellationToken);
        }

        foreach (var problem in wrong)
            progress.Report(problem);
        return Report(Stopwatch.GetElapsedTime(begun), rounds, wrong);
    }

    public async ValueTask DisposeAsync()
    {
        if (load is not null)
            await load.DisposeAsync();
        foreach (var watch in watches)
            await watch.DisposeAsync();
        foreach (var region in regions)
            await region.DisposeAsync();
        await broker.DisposeAsync();
        await shop.DisposeAsync();
        await scene.DisposeAsync();
    }

    private async Task PrepareAsync(CancellationToken cancellationToken)
    {
        await scene.ExecuteAsync(OracleSql.Prepare);
        await shop.PrepareAsync(cancellationToken);
        alerts = await AlertHistory.ListenAsync(broker, cancellationToken);
        foreach (var region in scene.Servers.Regions)
        {
            regions.Add(await CacheContents.ConnectAsync(region));
            watches.Add(new StaleWatch(regions[^1], shop));
        }

        quiet = new QuietPoint(scene, broker, alerts, regions);
        await quiet.BeginAsync(cancellationToken);
        load = ShopLoad.Start(scene, shop, broker, options);
    }

    private async Task<IReadOnlyList<string>> RunAsync(IReadOnlyList<PlannedFault> round, CancellationToken cancellationToken)
    {
        var episodes = round.Select(fault => alerts.Of(fault.Target)).ToArray();
        var broken = await Task.WhenAll(round.Select(fault => BreakAndMendAsync(fault, cancellationToken)).ToArray());
        // What stays broken keeps the writers trying: there will be no quiet point.
        if (broken.OfType<string>().ToArray() is { Length: > 0 } unmended)
            return unmended;
        await Task.Delay(Calm, cancellationToken);
        var wrong = await JudgeAsync(round, cancellationToken);
        // Two faults at a time can keep each other from being told.
        return round is [{ Kind.AlertAfter: { } due } fault] && fault.Lasting >= due && alerts.Of(fault.Target) == episodes[0]
            ? [.. wrong, $"no alert of {fault.Target}, though: {fault}"]
            : wrong;
    }

    private async Task<IReadOnlyList<string>> JudgeAsync(IReadOnlyList<PlannedFault> round, CancellationToken cancellationToken)
    {
        await load.PauseAsync(cancellationToken);
        var wrong = await quiet.JudgeAsync(Patience, cancellationToken);
        progress.Report($"      {(wrong.Count == 0 ? "right" : "wrong")} after {quiet.LastSettling.TotalSeconds:0.0} s of calm");
        load.Resume();
        return wrong.Count == 0 ? [] : [.. wrong, $"after: {(round.Count == 0 ? "the start, before any fault" : string.Join("; ", round))}"];
    }

    [SuppressMessage("Design", "CA1031", Justification = "A fault that can't be made or mended is a finding, and the others must be mended.")]
    private async Task<string?> BreakAndMendAsync(PlannedFault fault, CancellationToken cancellationToken)
    {
        await Task.Delay(fault.After, cancellationToken);
        try
        {
            var mendAsync = await fault.Kind.InjectAsync(scene, fault.Target);
            Count(fault.Kind.Name);
            await Task.Delay(fault.Lasting, cancellationToken);
            var mending = Stopwatch.GetTimestamp();
            await mendAsync();
            progress.Report($"      {fault.Kind.Name} ({fault.Target}): mended in {Stopwatch.GetElapsedTime(mending).TotalSeconds:0.0} s");
            return null;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            return $"{fault.Kind.Name} ({fault.Target}) could not be made or mended: {e.Message}";
        }
    }

    private void Count(string kind)
    {
        lock (faults)
            faults[kind] = faults.GetValueOrDefault(kind) + 1;
    }

    private ChaosReport Report(TimeSpan took, int rounds, IReadOnlyList<string> wrong) => new()
    {
        Seed = options.Seed,
        Independent = options.Independent,
        Seconds = Math.Round(took.TotalSeconds, 1),
        Rounds = rounds,
        Faults = faults,
        Changes = shop.Book.Changes,
        Reads = load.Reads,
        KeysChecked = quiet.Keys,
        Episodes = alerts.Count,
        LongestSettlingSeconds = Math.Round(quiet.LongestSettling.TotalSeconds, 1),
        MostMemoryMiB = quiet.Growth.MostMemory,
        MostConnections = quiet.Growth.MostConnections,
        Regions = scene.Servers.Regions.Zip(watches).ToDictionary(pair => pair.First.Name, pair => pair.Second.Times, StringComparer.Ordinal),
        Problems = wrong,
    };
}
