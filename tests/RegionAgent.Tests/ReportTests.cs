using System.Diagnostics;
using System.Globalization;
using LastMile.Events.Messages;
using LastMile.Events.Testing;
using Xunit;

namespace RegionAgent.Tests;

/// <summary>An agent's reports, and its load on Redis when the region is idle.</summary>
public abstract class ReportTests(SharedServers servers, Kind kind)
{
    private const int MaxReportsPerSecond = 10;
    private const int MaxBurst = 3;
    private const int MaxCommandsPerSecond = 5;

    [Fact, MeasuresTime]
    public async Task The_agent_reports_one_purge_at_once_and_a_flood_ten_times_a_second()
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

    [Fact]
    public async Task An_idle_agent_sends_few_commands_to_its_Redis()
    {
        await using var world = await RegionWorld.OpenAsync(servers, kind);
        await world.PurgeAsync("a");
        await world.AppliedAsync();
        var key = kind == Kind.Replicated ? world.Keys.Applied : world.Keys.Watermark;
        await Eventually.Async(async () => (string?)await world.Cache.StringGetAsync(key), checkpoint => checkpoint == "1-1");

        await world.InRegion.ConfigResetStatisticsAsync();
        var idle = Stopwatch.StartNew();
        await Eventually.Async(() => idle.Elapsed > TimeSpan.FromSeconds(4));
        var commands = (await world.InRegion.InfoAsync("commandstats")).Single()
            .Sum(pair => long.Parse(pair.Value.Split(',')[0].Split('=')[1], CultureInfo.InvariantCulture));

        // The agent reads its region once a second, and may do so both at the beginning and at the end of the measured time.
        Assert.InRange(commands, 2, (idle.Elapsed.TotalSeconds + 1) * MaxCommandsPerSecond);
    }

    [Fact]
    public async Task A_report_contains_the_state_of_the_region()
    {
        await using var world = await RegionWorld.OpenAsync(servers, kind);
        await world.PurgeAsync("a");

        await Eventually.Async(() => world.Bus.Reports.Any(report => report is
        {
            Region: "ams", Agent: "agent-0", Verdict: "Converged", Link: LinkState.Up, Severity: null, Scan: null,
            Shown: { Epoch: 1, Sequence: 1 }, Applied: { Epoch: 1, Sequence: 1 }, LagMilliseconds: 0, AgeMilliseconds: >= 0,
        } && report.Topology == kind.ToString()));
    }

    private static async Task<TimeSpan> ReportedAsync(RegionWorld world)
    {
        var clock = Stopwatch.StartNew();
        var batch = await world.PurgeAsync("a");
        await Eventually.Async(() => world.Bus.Reports.Any(report => report.Applied is { } applied && applied.Sequence >= batch.Sequence));
        return clock.Elapsed;
    }
}

public sealed class ReplicatedReportTests(SharedServers servers) : ReportTests(servers, Kind.Replicated);

[RunsFirst]
public sealed class IndependentReportTests(SharedServers servers) : ReportTests(servers, Kind.Independent);
