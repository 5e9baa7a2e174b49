using System.Diagnostics;
using System.Globalization;
using LastMile.Events.Messages;
using LastMile.Events.Testing;
using Xunit;

namespace RegionAgent.Tests;

/// <summary>An agent's reports, and its load on Redis when the region is idle.</summary>
[RunsFirst]
public sealed class ReportTests(SharedServers servers)
{
    private const int MaxReportsPerSecond = 10;
    private const int MaxBurst = 3;
    private const int MaxCommandsPerSecond = 5;

    [Theory, Over(nameof(Topologies.All)), MeasuresTime]
    public async Task The_agent_reports_one_purge_at_once_and_a_flood_ten_times_a_second(Kind kind)
    {
        await using var world = await RegionWorld.OpenAsync(servers, kind);
        var waited = TimeSpan.Zero;
        for (var n = 0; n < 5; n++)
            waited += await ReportedAsync(world);
        Assert.InRange(waited / 5, TimeSpan.Zero, TimeSpan.FromMilliseconds(300));

        var (before, flood) = (world.Bus.Reports.Count, Stopwatch.StartNew());
        while (flood.Elapsed < TimeSpan.FromSeconds(1))
            await world.PurgeAsync("a");
        await world.AppliedAsync();
        var reports = world.Bus.Reports.Count - before;

        Assert.InRange(reports, 3, (flood.Elapsed.TotalSeconds * MaxReportsPerSecond) + MaxBurst);
        Assert.Empty(world.Bus.Alerts);
    }

    [Theory, Over(nameof(Topologies.WithCommandCounts))]
    public async Task An_idle_agent_sends_few_commands_to_its_Redis(Kind kind)
    {
        await using var world = await RegionWorld.OpenAsync(servers, kind);
        await world.PurgeAsync("a");
        await world.AppliedAsync();
        await world.SavesNewestAsync();

        await world.InRegion.ConfigResetStatisticsAsync();
        var idle = Stopwatch.StartNew();
        await Eventually.Async(() => idle.Elapsed > TimeSpan.FromSeconds(4));
        var commands = (await world.InRegion.InfoAsync("commandstats")).Single()
            .Sum(pair => long.Parse(pair.Value.Split(',')[0].Split('=')[1], CultureInfo.InvariantCulture));

        // The agent reads its region once a second, and may do so both at the beginning and at the end of the measured time.
        Assert.InRange(commands, 2, (idle.Elapsed.TotalSeconds + 1) * MaxCommandsPerSecond);
    }

    [Theory, Over(nameof(Topologies.All))]
    public async Task A_report_contains_the_state_of_the_region(Kind kind)
    {
        await using var world = await RegionWorld.OpenAsync(servers, kind);
        await world.PurgeAsync("a");

        await Eventually.Async(() => world.Bus.Reports.Any(report => report is
        {
            Region: "ams", Agent: "agent-0", Verdict: "Converged", Link: LinkState.Up, Severity: null, Scan: null,
            Shown: { Epoch: 1, Sequence: 1 }, Applied: { Epoch: 1, Sequence: 1 }, LagMilliseconds: 0, AgeMilliseconds: >= 0,
        } && report.Topology == world.Topology));
    }

    private static async Task<TimeSpan> ReportedAsync(RegionWorld world)
    {
        var clock = Stopwatch.StartNew();
        var batch = await world.PurgeAsync("a");
        await Eventually.Async(() => world.Bus.Reports.Any(report => report.Applied is { } applied && applied.Sequence >= batch.Sequence));
        return clock.Elapsed;
    }
}
