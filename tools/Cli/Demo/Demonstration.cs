using LastMile.Events.Fabric;
using Npgsql;
using Spectre.Console;
using Region = LastMile.Events.Fabric.Region;

namespace LastMile.Events.Cli.Demo;

/// <summary>The steps of the demo, on a running system.</summary>
internal sealed class Demonstration : IAsyncDisposable
{
    // JIT compilation slows the first changes, so their latency is not typical of a running service.
    private const int WarmUpChanges = 300;

    // Products that are read and changed while a link is cut.
    private const int Busy = 250;

    private static readonly TimeSpan PurgeDeadline = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan AlertDeadline = TimeSpan.FromSeconds(30);

    private readonly LastMileSystem system;
    private readonly int changes;
    private readonly List<DemoProduct> products = [];
    private readonly List<KeyDeletionWatch> watches = [];
    private readonly List<string> problems = [];
    private readonly PurgeTracker tracker;
    private DemoAlerts alerts = null!;
    private ChangeWays ways = null!;
    private CacheFill cache = null!;
    private volatile CutEpisode? episode;

    private Demonstration(LastMileSystem system, int changes)
    {
        (this.system, this.changes) = (system, changes);
        tracker = new PurgeTracker([.. system.Servers.Regions.Select(region => region.Name)]);
        Cut = system.Servers.Regions[Math.Min(1, system.Servers.Regions.Count - 1)];
    }

    public string CutRegion => Cut.Name;

    private Region Cut { get; }

    /// <summary>Connects, and fills every region's cache with keys that the primary never held.</summary>
    public static async Task<Demonstration> PrepareAsync(LastMileSystem system, int changes, CancellationToken cancellationToken)
    {
        var demo = new Demonstration(system, changes);
        await demo.ConnectAsync(cancellationToken);
        await demo.ChangeAsync("warm-up changes, not counted", WarmUpChanges, _ => () => { }, cancellationToken);
        // A pending purge would delete a filled key again, or prevent the fill.
        await demo.WaitUntilQuietAsync(cancellationToken);
        await demo.FillAsync(demo.products, cancellationToken);
        return demo;
    }

    /// <summary>Makes the changes, an equal share in each way, and waits until the last key is gone.</summary>
    public async Task PurgeAsync(CancellationToken cancellationToken)
    {
        await ChangeAsync("changes", changes, product => tracker.Expect(product.Key, product.SlugKey).Committed, cancellationToken);
        await Task.WhenAny(tracker.AllGoneAsync(), Task.Delay(PurgeDeadline, cancellationToken));
    }

    public void ShowLatencies()
    {
        var table = new Table().AddColumns("region", "purged", "p50 ms", "p99 ms");
        foreach (var region in Results(_ => 0))
            table.AddRow(region.Name, $"{region.Purged:N0}", $"{region.P50Ms:0.0}", $"{region.P99Ms:0.0}");
        AnsiConsole.Write(table);
    }

    /// <summary>Cuts one region's link under load until its alert arrives, then mends it and waits for the recovery.</summary>
    public async Task CutAndMendAsync(CancellationToken cancellationToken)
    {
        // Caches purged products again, so that the final check has entries to compare.
        await FillAsync(products.Take(Busy), cancellationToken);
        using var calm = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var load = KeepChangingAsync(calm.Token);
        var cut = episode = new CutEpisode(CutRegion, TimeProvider.System.GetUtcNow());
        Cut.Link!.Cut();
        AnsiConsole.MarkupLine($"   link of {CutRegion} [red]cut[/]");
        await WaitForAsync(cut.Detected, $"{CutRegion}: no alert within {AlertDeadline.TotalSeconds} s of the cut.", cancellationToken);
        Cut.Link.Mend();
        AnsiConsole.MarkupLine($"   link of {CutRegion} [green]mended[/]");
        await WaitForAsync(
            cut.Recovered, $"{CutRegion}: no recovery within {AlertDeadline.TotalSeconds} s of mending the link.", cancellationToken);

        await calm.CancelAsync();
        await load;
    }

    /// <summary>Compares every cached entry in every region with the database, once all purges have arrived.</summary>
    public async Task<DemoReport> CheckAsync(CancellationToken cancellationToken)
    {
        await WaitUntilQuietAsync(cancellationToken);
        var check = await StaleCheck.ReadDatabaseAsync(system.Database.ConnectionString, cancellationToken);
        var found = new Dictionary<string, int>(StringComparer.Ordinal);
        var table = new Table().AddColumns("region", "keys checked", "stale");
        foreach (var watch in watches)
        {
            var (keys, stale) = await check.CheckAsync(watch, cancellationToken);
            found[watch.Region.Name] = stale;
            table.AddRow(watch.Region.Name, $"{keys:N0}", stale == 0 ? "[green]0[/]" : $"[red]{stale:N0}[/]");
        }

        AnsiConsole.Write(table);
        return DemoReport.Of(changes, Results(name => found[name]), alerts.All, episode?.Id, problems);
    }

    public async ValueTask DisposeAsync()
    {
        cache.Dispose();
        foreach (var watch in watches)
            await watch.DisposeAsync();
        await ways.DisposeAsync();
        await alerts.DisposeAsync();
    }

    private async Task ConnectAsync(CancellationToken cancellationToken)
    {
        alerts = await DemoAlerts.StartAsync(system.Servers.RabbitMq.Uri, Receive, cancellationToken);
        ways = new ChangeWays(system.Database.ConnectionString, alerts);
        cache = new CacheFill(system);
        for (var i = 0; i < system.Servers.Regions.Count; i++)
        {
            var index = i;
            watches.Add(await KeyDeletionWatch.StartAsync(system.Servers.Regions[i], (key, at) => tracker.Gone(index, key, at)));
        }

        await using var dataSource = NpgsqlDataSource.Create(system.Database.ConnectionString);
        await using var command = dataSource.CreateCommand("select id, slug from products order by id");
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            products.Add(new DemoProduct(reader.GetInt32(0), reader.GetString(1)));
    }

    private Task FillAsync(IEnumerable<DemoProduct> filled, CancellationToken cancellationToken)
    {
        DemoProduct[] some = [.. filled];
        return Live.RunAsync(
            "products read through every region's Storefront",
            some.Length,
            count => cache.FillAsync(some, count, cancellationToken));
    }

    // The ways run concurrently, each with an equal share, and take products in turn.
    private Task ChangeAsync(string what, int count, Func<DemoProduct, Action> expect, CancellationToken cancellationToken) =>
        Live.RunAsync(what, count, async made =>
        {
            var pace = new Pace(count);
            await Task.WhenAll(Enumerable.Range(0, ChangeWays.Names.Count).Select(async way =>
            {
                for (var i = way; i < count; i += ChangeWays.Names.Count)
                {
                    await pace.WaitAsync(cancellationToken);
                    var product = products[i % products.Count];
                    await ways.ChangeAsync(way, product, expect(product), cancellationToken);
                    made(1);
                }
            }));
        });

    private async Task WaitForAsync(Task awaited, string problem, CancellationToken cancellationToken)
    {
        try
        {
            await awaited.WaitAsync(AlertDeadline, cancellationToken);
        }
        catch (TimeoutException)
        {
            problems.Add(problem);
        }
    }

    private void Receive(ReceivedAlert alert)
    {
        var color = alert.Kind == ReceivedAlert.Detected ? "red" : "green";
        AnsiConsole.MarkupLine(
            $"   alert: [{color}]{alert.Region} {alert.Kind}[/] "
            + $"({alert.Severity}, {alert.BehindBatches:N0} purges, {alert.LagMs:N0} ms)");
        episode?.Receive(alert);
    }

    // Readers and writers continue in every region, including the cut one.
    private async Task KeepChangingAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        try
        {
            for (var i = 0; await timer.WaitForNextTickAsync(cancellationToken); i++)
            {
                var product = products[i % Math.Min(Busy, products.Count)];
                await cache.ReadEverywhereAsync(product, cancellationToken);
                await ways.ChangeAsync(i % ChangeWays.Names.Count, product, () => { }, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
        }
    }

    // Quiet means that every region shows the primary's watermark, so all purges have arrived, and its agent reports it converged.
    private async Task WaitUntilQuietAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(PurgeDeadline);
        try
        {
            while (!await StaleCheck.IsQuietAsync(system, watches, deadline.Token))
                await timer.WaitForNextTickAsync(deadline.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            problems.Add($"Purges were still pending after {PurgeDeadline.TotalSeconds} s.");
        }
    }

    private RegionResult[] Results(Func<string, int> staleKeys) =>
        [.. watches.Select((watch, i) => RegionResult.Of(watch.Region.Name, tracker.Of(i), staleKeys(watch.Region.Name)))];
}
