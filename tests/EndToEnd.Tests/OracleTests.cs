using LastMile.Events.Chaos;
using LastMile.Events.Chaos.Faults;
using LastMile.Events.Chaos.Plan;
using Xunit;

namespace LastMile.Events.EndToEnd.Tests;

/// <summary>A short chaos run in the running system: a few faults under load, checked by the same oracle.</summary>
[Collection<SystemTests>]
public sealed class OracleTests(RunningSystem system, ITestOutputHelper output) : IProgress<string>
{
    private static readonly ChaosOptions Options = new(Seed: 3, Independent: ["gru", "iad"])
    {
        OnceThrough = true,
        WarmUp = TimeSpan.FromSeconds(1),
        LongestFault = TimeSpan.FromSeconds(1),
        Products = 200,
        Busy = 0.25,
    };

    private static readonly FaultKind[] Kinds =
        [.. FaultCatalog.All.Where(kind => kind.Name is "link cut" or "agent frozen" or "region's Redis emptied" or "primary failed over")];

    // Nothing repairs the uncaptured changes, so the oracle must report them.
    private static readonly FaultKind CaptureOff = new(
        "capture switched off", "capture", Targets.System, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1), SwitchCaptureOffAsync);

    [Fact]
    public async Task Faults_under_load_leave_nothing_stale_and_the_oracle_finds_disabled_capture()
    {
        await using var run = await ChaosRun.StartAsync(Options, Scene.Of(system.System), this, TestContext.Current.CancellationToken);

        var report = await run.RunAsync(Kinds, TestContext.Current.CancellationToken);

        Assert.Empty(report.Problems);
        Assert.Equal(Kinds.Select(kind => kind.Name).Order(), report.Faults.Keys.Order());
        Assert.All(report.Regions.Values, times => Assert.True(times.Purges > 0));
        Assert.True(report.KeysChecked > 100);

        run.Patience = TimeSpan.FromSeconds(2);
        report = await run.RunAsync([CaptureOff], TestContext.Current.CancellationToken);

        Assert.Contains(report.Problems, problem => problem.Contains("changes whose purge is not in the log", StringComparison.Ordinal));
    }

    void IProgress<string>.Report(string value) => output.WriteLine(value);

    private static async Task<Func<Task>> SwitchCaptureOffAsync(Scene scene, string target)
    {
        await scene.ExecuteAsync("alter table products disable trigger user");
        return () => scene.ExecuteAsync("alter table products enable trigger user");
    }
}
