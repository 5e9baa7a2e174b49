using System.Diagnostics;
using LastMile.Events.Chaos;
using LastMile.Events.Chaos.Faults;
using LastMile.Events.Chaos.Plan;
using LastMile.Events.Testing;
using Xunit;

namespace Chaos.Tests;

/// <summary>A whole run, short. The long ones are <c>./lastmile chaos</c>; <c>OracleTests</c> makes a few faults in a running system.</summary>
[Long]
public sealed class ShortRunTests(ITestOutputHelper output) : IProgress<string>
{
    // Two regions of the one topology, one of the other. Of many seeds, one that makes every kind in few rounds.
    private static readonly ChaosOptions Mixed = new(Seed: 100116, Independent: ["gru"])
    {
        OnceThrough = true,
        WarmUp = TimeSpan.FromSeconds(2),
        LongestFault = TimeSpan.FromSeconds(1.5),
        // What the shop leaves of two cores, services start with: two dozen of them.
        Busy = 0.25,
    };

    // Not one that mends: the oracle is to see it.
    private static readonly FaultKind CaptureOff = new(
        "capture switched off", "capture", Targets.System, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1), SwitchCaptureOffAsync);

    private readonly Stopwatch clock = Stopwatch.StartNew();

    [Fact]
    public async Task Every_kind_of_fault_mends_without_a_stale_key_or_a_lost_change_and_one_that_does_not_is_found()
    {
        await using var run = await ChaosRun.StartAsync(Mixed, this, TestContext.Current.CancellationToken);

        var report = await run.RunAsync(FaultCatalog.All, TestContext.Current.CancellationToken);

        output.WriteLine($"{report.KeysChecked} keys checked; purges seen: {string.Join(", ", report.Regions.Select(region => $"{region.Key} {region.Value.Purges}"))}");
        Assert.Empty(report.Problems);
        Assert.Equal(FaultCatalog.All.Select(kind => kind.Name).Order(), report.Faults.Keys.Order());
        Assert.All(report.Regions.Values, times => Assert.True(times.Purges > 100));
        Assert.True(report.KeysChecked > 1_000);

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
