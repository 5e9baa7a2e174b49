using LastMile.Events.Chaos;
using LastMile.Events.Chaos.Faults;
using LastMile.Events.Chaos.Plan;
using Xunit;
using Xunit.Sdk;
using Xunit.v3;

// Each of these runs a whole system: one at a time on a small machine.
[assembly: Parallelization(Mode = ParallelMode.None)]

namespace Chaos.Tests;

/// <summary>Whole runs, on systems of their own. The long ones are <c>./lastmile chaos</c>.</summary>
public sealed class ShortRunTests(ITestOutputHelper output) : IProgress<string>
{
    // Two regions of the one topology, one of the other.
    private static readonly ChaosOptions Mixed = new(Seed: 20261123, Independent: ["gru"])
    {
        OnceThrough = true, LongestFault = TimeSpan.FromSeconds(1.5),
    };

    [Fact]
    public async Task Every_kind_of_fault_mends_without_a_stale_key_or_a_lost_change()
    {
        var report = await ChaosRun.RunAsync(Mixed, this, TestContext.Current.CancellationToken);

        Assert.Empty(report.Problems);
        Assert.Equal(FaultCatalog.All.Select(kind => kind.Name).Order(), report.Faults.Keys.Order());
        Assert.All(report.Regions.Values, times => Assert.True(times.Purges > 100));
        Assert.True(report.KeysChecked > 1_000);
    }

    [Fact]
    public async Task A_change_that_nothing_captures_is_found()
    {
        var uncaptured = new FaultKind(
            "capture switched off", "capture", Targets.System, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1), SwitchOffAsync);

        var report = await ChaosRun.RunAsync(
            Mixed with { Kinds = [uncaptured], Patience = TimeSpan.FromSeconds(3) }, this, TestContext.Current.CancellationToken);

        Assert.Contains(report.Problems, problem => problem.Contains("changes whose purge is not in the log", StringComparison.Ordinal));
    }

    void IProgress<string>.Report(string value) => output.WriteLine(value);

    private static async Task<Func<Task>> SwitchOffAsync(Scene scene, string target)
    {
        await scene.ExecuteAsync("alter table products disable trigger user");
        return () => scene.ExecuteAsync("alter table products enable trigger user");
    }
}
