using System.Diagnostics;
using LastMile.Events.Chaos;
using LastMile.Events.Chaos.Faults;
using LastMile.Events.Chaos.Plan;
using LastMile.Events.Testing;
using Xunit;

namespace Chaos.Tests;

/// <summary>
/// A short but complete run. <c>./lastmile chaos</c> does long ones; <c>OracleTests</c> injects a few faults into a running system.
/// </summary>
[Long]
public sealed class ShortRunTests(ITestOutputHelper output) : IProgress<string>
{
    // Two replicated regions and an independent one. This seed produces every kind of fault in few rounds.
    private static readonly ChaosOptions Mixed = new(Seed: 100116, Independent: ["gru"])
    {
        OnceThrough = true,
        WarmUp = TimeSpan.FromSeconds(2),
        LongestFault = TimeSpan.FromSeconds(1.5),
        // A quiet shop leaves enough of two cores for two dozen service starts.
        Busy = 0.25,
    };

    // Nothing mends this fault, so the oracle must detect it.
    private static readonly FaultKind CaptureOff = new(
        "capture switched off", "capture", Targets.System, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1), SwitchCaptureOffAsync);

    private readonly Stopwatch clock = Stopwatch.StartNew();

    [Fact]
    public async Task Every_kind_of_fault_leaves_no_stale_key_or_lost_change_and_an_unmended_fault_is_detected()
    {
        await using var run = await ChaosRun.StartAsync(Mixed, this, TestContext.Current.CancellationToken);

        var report = await run.RunAsync(FaultCatalog.All, TestContext.Current.CancellationToken);

        var purges = string.Join(", ", report.Regions.Select(region => $"{region.Key} {region.Value.Purges}"));
        output.WriteLine($"{report.KeysChecked} keys checked; purges seen: {purges}");
        Assert.Empty(report.Problems);
        Assert.Equal(FaultCatalog.All.Select(kind => kind.Name).Order(), report.Faults.Keys.Order());
        Assert.All(report.Regions.Values, times => Assert.True(times.Purges > 100));
        Assert.True(report.KeysChecked > 1_000);
        Assert.True(report.PagesChecked > 10_000);
        Assert.All(report.Served.Values, served => Assert.True(served.Reads > 100));

        run.Patience = TimeSpan.FromSeconds(2);
        report = await run.RunAsync([CaptureOff], TestContext.Current.CancellationToken);

        Assert.Contains(report.Problems, problem => problem.Contains("changes whose purge is not in the log", StringComparison.Ordinal));
    }

    void IProgress<string>.Report(string value) => output.WriteLine($"{clock.Elapsed:mm\\:ss} {value}");

    private static async Task<Func<Task>> SwitchCaptureOffAsync(Scene scene, string target)
    {
        await scene.ExecuteAsync("alter table products disable trigger user");
        return () => scene.ExecuteAsync("alter table products enable trigger user");
    }
}
