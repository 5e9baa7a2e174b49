using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using LastMile.Events.Chaos.Faults;
using LastMile.Events.Chaos.Load;
using LastMile.Events.Chaos.Oracle;
using LastMile.Events.Chaos.Plan;
using LastMile.Events.Chaos.Report;

namespace LastMile.Events.Chaos;

/// <summary>Breaks a system under load in rounds, and checks it after each round.</summary>
internal sealed class ChaosRun : IAsyncDisposable
{
    private static readonly TimeSpan Calm = TimeSpan.FromSeconds(1);

    private readonly ChaosOptions options;
    private readonly IProgress<string> progress;
    private readonly Scene scene;
    private readonly Broker broker;
    private readonly Shop shop;
    private readonly Absences absences;
    private readonly Dictionary<string, int> faults = new(StringComparer.Ordinal);
    private readonly List<CacheContents> regions = [];
    private readonly List<StaleWatch> watches = [];
    private AlertHistory alerts = null!;
    private QuietPoint quiet = null!;
    private ReaderPages pages = null!;
    private ShopLoad load = null!;

    private ChaosRun(ChaosOptions options, Scene scene, IProgress<string> progress)
    {
        (this.options, this.scene, this.progress) = (options, scene, progress);
        broker = new Broker(scene.Servers.RabbitMq.Uri);
        shop = new Shop(scene.System.Database.ApplicationConnectionString, new CommitHistory(TimeProvider.System), options.Products);
        absences = new Absences(shop.Commits.Time);
    }

    /// <summary>
    /// How long the system may take to be consistent again after all faults are mended. A problem that lasts longer fails the run.
    /// The default is long enough for the slowest recovery: a service that just started, connected to a broker that just started.
    /// </summary>
    public TimeSpan Patience { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Starts a system, the load on it, and the checks.</summary>
    public static async Task<ChaosRun> StartAsync(ChaosOptions options, IProgress<string> progress, CancellationToken cancellationToken) =>
        await StartAsync(
            options,
            await Scene.StartAsync(options.Servers, options.Products, progress, cancellationToken),
            progress,
            cancellationToken);

    /// <summary>Starts the load and the checks on a running system. The run disposes the scene.</summary>
    public static async Task<ChaosRun> StartAsync(
        ChaosOptions options, Scene scene, IProgress<string> progress, CancellationToken cancellationToken)
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

    /// <summary>Breaks and mends the system until the time is up, or until a problem does not go away.</summary>
    /// <param name="kinds">The kinds of fault to choose from.</param>
    /// <param name="cancellationToken">Cancels the run.</param>
    public async Task<ChaosReport> RunAsync(IReadOnlyList<FaultKind> kinds, CancellationToken cancellationToken)
    {
        var plan = new ChaosPlan(
            options.Seed,
            kinds,
            [.. scene.Invalidators.Keys.Order(StringComparer.Ordinal)],
            ChaosOptions.Regions,
            options.LongestFault);
        var begun = Stopwatch.GetTimestamp();
        await Task.Delay(options.WarmUp, cancellationToken);
        var wrong = await JudgeAsync([], cancellationToken);
        var rounds = 0;
        while (wrong.Count == 0
            && Stopwatch.GetElapsedTime(begun) < options.Duration
            && !(options.OnceThrough && kinds.All(kind => faults.ContainsKey(kind.Name))))
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
        pages?.Dispose();
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
            watches.Add(new StaleWatch(regions[^1], shop, absences, progress));
        }

        pages = new ReaderPages(scene, shop);
        quiet = new QuietPoint(scene, broker, alerts, regions, pages);
        await quiet.BeginAsync(cancellationToken);
        load = ShopLoad.Start(scene, shop, broker, options);
    }

    private async Task<IReadOnlyList<string>> RunAsync(IReadOnlyList<PlannedFault> round, CancellationToken cancellationToken)
    {
        var episodes = round.Select(fault => alerts.Of(fault.Target)).ToArray();
        var broken = await Task.WhenAll(round.Select(fault => BreakAndMendAsync(fault, cancellationToken)).ToArray());
        // While a part stays broken, writers keep retrying, so a quiet point never comes.
        if (broken.OfType<string>().ToArray() is { Length: > 0 } unmended)
            return unmended;
        await Task.Delay(Calm, cancellationToken);
        var wrong = await JudgeAsync(round, cancellationToken);
        // Two concurrent faults may prevent each other's alert.
        return round is [{ Kind.AlertAfter: { } due } fault] && fault.Lasting >= due && alerts.Of(fault.Target) == episodes[0]
            ? [.. wrong, $"no alert from {fault.Target} despite: {fault}"]
            : wrong;
    }

    private async Task<IReadOnlyList<string>> JudgeAsync(IReadOnlyList<PlannedFault> round, CancellationToken cancellationToken)
    {
        await load.PauseAsync(cancellationToken);
        var wrong = await quiet.JudgeAsync(Patience, cancellationToken);
        var state = wrong.Count == 0 ? "consistent" : "inconsistent";
        progress.Report($"      {state} after {quiet.LastSettling.TotalSeconds:0.0} s without changes");
        load.Resume();
        return wrong.Count == 0
            ? []
            : [.. wrong, $"after: {(round.Count == 0 ? "the start, before any fault" : string.Join("; ", round))}"];
    }

    [SuppressMessage("Design", "CA1031", Justification =
        "A fault that can't be injected or mended is a finding, and the others must still be mended.")]
    private async Task<string?> BreakAndMendAsync(PlannedFault fault, CancellationToken cancellationToken)
    {
        await Task.Delay(fault.After, cancellationToken);
        try
        {
            var mended = absences.Begin(fault);
            var mendAsync = await fault.Kind.InjectAsync(scene, fault.Target);
            Count(fault.Kind.Name);
            await Task.Delay(fault.Lasting, cancellationToken);
            var mending = Stopwatch.GetTimestamp();
            await mendAsync();
            mended();
            progress.Report($"      {fault.Kind.Name} ({fault.Target}): mended in {Stopwatch.GetElapsedTime(mending).TotalSeconds:0.0} s");
            return null;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            return $"{fault.Kind.Name} ({fault.Target}) could not be injected or mended: {e.Message}";
        }
    }

    private void Count(string kind)
    {
        lock (faults)
            faults[kind] = faults.GetValueOrDefault(kind) + 1;
    }

    private ChaosReport Report(TimeSpan duration, int rounds, IReadOnlyList<string> wrong) => new()
    {
        Seed = options.Seed,
        Independent = options.Independent,
        Server = options.Server,
        Seconds = Math.Round(duration.TotalSeconds, 1),
        Rounds = rounds,
        Faults = faults,
        Changes = shop.Commits.Changes,
        Reads = load.Reads,
        KeysChecked = quiet.Keys,
        PagesChecked = pages.Read,
        Episodes = alerts.Count,
        LongestSettlingSeconds = Math.Round(quiet.LongestSettling.TotalSeconds, 1),
        MostMemoryMiB = quiet.Growth.MostMemory,
        MostConnections = quiet.Growth.MostConnections,
        Regions = watches.ToDictionary(watch => watch.Region, watch => watch.Times, StringComparer.Ordinal),
        Late = watches.SelectMany(watch => watch.Late)
            .GroupBy(late => late.Key, late => late.Value, StringComparer.Ordinal)
            .ToDictionary(late => late.Key, late => late.Sum(), StringComparer.Ordinal),
        MissedTargets =
        [
            .. watches.Where(watch => options.Independent.Contains(watch.Region, StringComparer.Ordinal))
                .SelectMany(watch => IndependentTargets.Missed(watch.Region, watch.Times)),
        ],
        MissedTargetsFail = options.JudgeTimes,
        Served = load.Served.ToDictionary(region => region.Key, region => region.Value.Ages, StringComparer.Ordinal),
        Problems = wrong,
    };
}
