using System.Diagnostics;
using System.Net;
using System.Text.Json;
using LastMile.Events.Messages;
using LastMile.Events.Testing;
using Xunit;

namespace Invalidator.Tests;

public sealed class RegionApiTests(PurgingInvalidator running) : IClassFixture<PurgingInvalidator>
{
    private readonly RunningInvalidator invalidator = running.Invalidator;

    [Fact]
    public async Task A_reporting_region_is_shown_with_its_current_state()
    {
        var scan = new RegionScan(Guid.NewGuid(), 2_000, 17);
        var begin = Stopwatch.GetTimestamp();
        await running.Bus.PublishAsync(Reported("ams") with
        {
            Topology = "Independent",
            Verdict = "Lagging",
            Severity = LagSeverity.Critical,
            Link = LinkState.Down,
            LagMilliseconds = 12.5,
            WorstLagMilliseconds = 900,
            BehindBytes = 4_096,
            Scan = scan,
        });

        var shown = await Eventually.Async(RegionsAsync, answer => answer.Body.ToString().Contains("ams", StringComparison.Ordinal));

        var region = shown.Of("ams");

        Assert.InRange(region.GetProperty("reportAgeMs").GetDouble(), 0, Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
        Assert.Equal(
            $$"""
            "name":"ams" "verdict":"Lagging" "lastVerdict":"Lagging" "severity":"Critical" "topology":"Independent"
            "shown":"3-17" "applied":"3-15" "lagMs":12.5 "worstLagMs":900 "behindBytes":4096
            "link":"Down" "silent":false "scan":{"batchId":"{{scan.BatchId}}","seen":2000,"dropped":17}
            """.ReplaceLineEndings(" "),
            Members(region));
    }

    [Fact]
    public async Task A_silent_region_stays_known_and_purges_wait_for_it_until_it_is_forgotten()
    {
        var begin = Stopwatch.GetTimestamp();
        await running.World.ExecuteAsync(
            """
            insert into lastmile.region
                (region, topology, verdict, shown_epoch, shown_sequence, applied_epoch, applied_sequence, reported_at, silent_since)
            values
                ('gone', 'Replicated', 'Converged', 1, 0, 0, 0,
                    clock_timestamp() - interval '1 minute', clock_timestamp() - interval '1 minute')
            """);

        var region = (await RegionsAsync()).Of("gone");

        Assert.InRange(
            region.GetProperty("reportAgeMs").GetDouble(), 60_000, 60_100 + Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
        Assert.Equal(
            """
            "name":"gone" "verdict":"Silent" "lastVerdict":"Converged" "severity":null "topology":"Replicated"
            "shown":"1-0" "applied":null "lagMs":null "worstLagMs":null "behindBytes":null "link":null "silent":true "scan":null
            """.ReplaceLineEndings(" "),
            Members(region));
        var pending = await invalidator.PurgeAsync("""{"keys":["a"]}""", "?wait=50ms");
        Assert.Contains("gone", pending.Body.GetProperty("pending").ToString(), StringComparison.Ordinal);

        Assert.Equal(HttpStatusCode.NoContent, (await invalidator.SendAsync(HttpMethod.Delete, "/regions/gone")).Status);

        Assert.DoesNotContain("gone", (await RegionsAsync()).Body.ToString(), StringComparison.Ordinal);
        var unknown = await invalidator.SendAsync(HttpMethod.Delete, "/regions/gone");
        Assert.Equal(HttpStatusCode.NotFound, unknown.Status);
        Assert.Equal("Region 'gone' is unknown. GET /regions lists the known regions.", unknown.Detail);
    }

    [Fact]
    public async Task One_region_is_shown_by_its_name()
    {
        await running.Bus.PublishAsync(Reported("one"));
        await Eventually.Async(RegionsAsync, answer => answer.Body.ToString().Contains("\"one\"", StringComparison.Ordinal));

        var region = await invalidator.SendAsync(HttpMethod.Get, "/regions/one");
        var unknown = await invalidator.SendAsync(HttpMethod.Get, "/regions/two");

        Assert.Equal(("one", "3-17"), (region.Body.GetProperty("name").GetString(), region.Body.GetProperty("shown").GetString()));
        Assert.Equal(HttpStatusCode.NotFound, unknown.Status);
        Assert.Equal("Region 'two' is unknown. GET /regions lists the known regions.", unknown.Detail);
    }

    [Fact]
    public async Task A_region_that_stops_reporting_is_shown_as_silent()
    {
        var begin = TimeProvider.System.GetUtcNow();
        await running.Bus.PublishAsync(Reported("dead"));
        await Eventually.Async(
            RegionsAsync,
            answer => answer.Body.ToString().Contains("\"dead\"", StringComparison.Ordinal)
                && answer.Of("dead").GetProperty("verdict").GetString() == "Converged");
        var received = TimeProvider.System.GetUtcNow();

        // No other report arrives for Invalidator:SilentAfter.
        var shown = await Eventually.Async(
            RegionsAsync, answer => answer.Of("dead").GetProperty("verdict").GetString() != "Converged");

        var region = shown.Of("dead");
        Assert.Equal("Silent", region.GetProperty("verdict").GetString());
        Assert.Equal("Converged", region.GetProperty("lastVerdict").GetString());
        Assert.True(region.GetProperty("silent").GetBoolean());
        Assert.InRange(region.GetProperty("reportedAt").GetDateTimeOffset(), begin, received);
        var status = (await invalidator.GetAsync("/status")).Body.GetProperty("regions").EnumerateArray()
            .Single(entry => entry.GetProperty("name").GetString() == "dead");
        Assert.Equal("Silent", status.GetProperty("verdict").GetString());
    }

    private static RegionReported Reported(string region) =>
        new(region, "agent-1", "Replicated", "Converged", new(3, 17), new(3, 15), DateTimeOffset.UnixEpoch);

    private Task<Answer> RegionsAsync() => invalidator.SendAsync(HttpMethod.Get, "/regions");

    private static string Members(JsonElement region) => string.Join(' ', region.EnumerateObject()
        .Where(member => member.Name is not ("reportAgeMs" or "reportedAt"))
        .Select(member => $"\"{member.Name}\":{JsonSerializer.Serialize(member.Value)}"));
}
