using System.Diagnostics;
using LastMile.Events.Messages;
using LastMile.Events.Testing;
using MassTransit;
using Npgsql;
using Xunit;

namespace Invalidator.Tests;

public sealed class EpisodeTests(PurgingInvalidator running, SharedServers servers) : IClassFixture<PurgingInvalidator>
{
    private static readonly DateTimeOffset Began = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private static readonly Guid Earlier = Guid.CreateVersion7(Began.AddHours(-1));
    private static readonly Guid Later = Guid.CreateVersion7(Began);

    private readonly BusProbe bus = running.Bus;
    private readonly RunningInvalidator invalidator = running.Invalidator;

    [Fact]
    public async Task The_open_episode_is_found_despite_clock_skew_and_duplicate_alerts()
    {
        (string Region, object[] Alerts, string Open)[] cases =
        [
            ("warned", [Warning(Later, "warned")], "later Warning"),
            ("rose", [Warning(Later, "rose"), Critical(Later, "rose"), Warning(Later, "rose")], "later Critical"),
            ("swapped", [Critical(Later, "swapped"), Warning(Later, "swapped")], "later Critical"),
            ("ended",
                [Warning(Later, "ended"), Critical(Later, "ended"), End(Later, "ended"), Warning(Later, "ended"), Critical(Later, "ended")],
                "none"),
            ("end-first", [End(Later, "end-first"), Critical(Later, "end-first")], "none"),
            ("twice",
                [
                    Critical(Earlier, "twice"), End(Earlier, "twice"), Warning(Later, "twice"),
                    Critical(Earlier, "twice"), End(Earlier, "twice"),
                ],
                "later Warning"),
            ("new-episode",
                [Critical(Earlier, "new-episode"), End(Earlier, "new-episode"), Warning(Later, "new-episode")],
                "later Warning"),
            ("no-end", [Critical(Earlier, "no-end"), Warning(Later, "no-end")], "later Warning"),
            ("no-end-then-end",
                [Critical(Earlier, "no-end-then-end"), Warning(Later, "no-end-then-end"), End(Later, "no-end-then-end")],
                "none"),
            // The second agent's clock is slow.
            ("clock-behind",
                [Critical(Later, "clock-behind"), End(Later, "clock-behind"), Warning(Earlier, "clock-behind")],
                "earlier Warning"),
            ("clock-behind-ended",
                [End(Later, "clock-behind-ended"), Warning(Earlier, "clock-behind-ended"), End(Earlier, "clock-behind-ended")],
                "none"),
        ];
        foreach (var alert in cases.SelectMany(item => item.Alerts).Append(Warning(Later, "last")))
            await (alert is ReplicaLagDetected begin ? bus.PublishAsync(begin) : bus.PublishAsync((ReplicaLagRecovered)alert));

        await Eventually.Async(async () => await OpenEpisodeAsync("last") != "none");
        foreach (var (region, _, open) in cases)
            await Eventually.Async(() => OpenEpisodeAsync(region), answer => answer == open, sought: $"{region}: {open}");

        async Task<string> OpenEpisodeAsync(string region) => await RequestAsync(invalidator, region) is { Open: { } alert }
            ? $"{(alert.Episode == Later ? "later" : "earlier")} {alert.Severity}"
            : "none";
    }

    [Fact]
    public async Task Earlier_episodes_without_an_end_are_reported_until_they_end()
    {
        await bus.PublishAsync(Critical(Earlier, "two-open"));
        await bus.PublishAsync(Warning(Later, "two-open"));

        var both = await Eventually.Async(() => RequestAsync(invalidator, "two-open"), answer => answer.Earlier.Count == 1);
        Assert.Equal((Later, Earlier), (both.Open!.Episode, both.Earlier[0].Open!.Episode));
        Assert.InRange(both.Earlier[0].AgeMilliseconds, 10_000, 60_000);
        await bus.PublishAsync(End(Later, "two-open"));
        var left = await Eventually.Async(() => RequestAsync(invalidator, "two-open"), answer => answer.Open is null);
        Assert.Equal(Earlier, Assert.Single(left.Earlier).Open!.Episode);
        await bus.PublishAsync(End(Earlier, "two-open"));

        await Eventually.Async(() => RequestAsync(invalidator, "two-open"), answer => answer.Earlier.Count == 0);
    }

    [Fact]
    public async Task A_request_after_an_alert_is_answered_after_the_alert_is_recorded()
    {
        await using var second = await RunningInvalidator.StartReadyAsync(running.World);

        for (var n = 0; n < 20; n++)
        {
            var episode = Guid.NewGuid();
            await bus.PublishAsync(Warning(episode, "in-turns"));
            Assert.Equal(episode, (await RequestAsync(invalidator, "in-turns")).Open?.Episode);
            await bus.PublishAsync(End(episode, "in-turns"));
            Assert.Null((await RequestAsync(second, "in-turns")).Open);
        }
    }

    [Fact]
    public async Task A_request_without_a_valid_region_is_refused_and_blocks_no_other()
    {
        foreach (var region in (string?[])[null, "ams\0"])
            await Assert.ThrowsAsync<RequestFaultException>(() => RequestAsync(invalidator, region!));

        Assert.Null((await RequestAsync(invalidator, "unknown")).Open);
    }

    [Fact]
    public async Task An_alert_deletes_its_regions_episodes_that_ended_over_a_day_ago()
    {
        var world = running.World;
        await bus.PublishAsync(End(Earlier, "day-1"));
        await bus.PublishAsync(Warning(Later, "day-2"));
        await Eventually.Async(
            () => world.ScalarAsync<long>("select count(*) from lastmile.region_episode where region like 'day-%'"), count => count == 2);
        await world.ExecuteAsync(
            """
            update lastmile.region_episode
            set reported_at = reported_at - interval '25 hours', ended_at = ended_at - interval '25 hours'
            where region like 'day-%'
            """);

        await bus.PublishAsync(Warning(Later, "day-1"));

        await Eventually.Async(
            () => world.ScalarAsync<string>(
                """
                select string_agg(concat_ws(' ', region, ended_at), ', ' order by region)
                from lastmile.region_episode where region like 'day-%'
                """),
            left => left == "day-1, day-2");
    }

    [Fact]
    public async Task A_request_returns_the_open_episode_and_its_age()
    {
        var alert = Warning(Later, "open") with { BehindBytes = 7 };
        var begin = Stopwatch.GetTimestamp();
        await bus.PublishAsync(alert);

        var answer = await Eventually.Async(() => RequestAsync(invalidator, "open"), answer => answer.Open is not null);
        Assert.Equal(alert, answer.Open);
        // The episode was two seconds old when the alert was raised. The database's clock measures its age from then on.
        Assert.InRange(answer.AgeMilliseconds, 2_000, 2_100 + Stopwatch.GetElapsedTime(begin).TotalMilliseconds);

        await bus.PublishAsync(End(Later, "open"));
        await Eventually.Async(
            () => RequestAsync(invalidator, "open"), answer => answer is { Open: null, AgeMilliseconds: 0, Region: "open" });
    }

    [Fact]
    public async Task An_alert_waits_for_the_database_instead_of_failing()
    {
        await using var world = await World.CreateAsync(servers);
        await using var probe = await BusProbe.OpenAsync(world.Amqp);
        await using var waiting = await RunningInvalidator.StartReadyAsync(world);
        var database = new NpgsqlConnectionStringBuilder(world.Database).Database;
        await using var otherDatabase = NpgsqlDataSource.Create(
            new NpgsqlConnectionStringBuilder(world.Database) { Database = "postgres", Pooling = false });

        await ExecuteAsync($"alter database {database} allow_connections false");
        await ExecuteAsync($"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{database}'");
        await probe.PublishAsync(Critical(Later, "ams"));
        await waiting.LogsMissingAsync("postgres");
        await ExecuteAsync($"alter database {database} allow_connections true");

        await Eventually.Async(() => RequestAsync(waiting, "ams"), answer => answer.Open is { Severity: LagSeverity.Critical });

        async Task ExecuteAsync(string sql)
        {
            await using var command = otherDatabase.CreateCommand(sql);
            await command.ExecuteNonQueryAsync();
        }
    }

    private static Task<RegionEpisodeReported> RequestAsync(RunningInvalidator invalidator, string region) =>
        invalidator.RequestAsync<RegionEpisodeRequested, RegionEpisodeReported>(new(region));

    private static ReplicaLagDetected Warning(Guid episode, string region) =>
        new(episode, region, LagSeverity.Warning, 1, 500, null, LinkState.Up, Began, Began.AddSeconds(2));

    private static ReplicaLagDetected Critical(Guid episode, string region) =>
        new(episode, region, LagSeverity.Critical, 3, 10_000, null, LinkState.Down, Began, Began.AddSeconds(10));

    private static ReplicaLagRecovered End(Guid episode, string region) =>
        new(episode, region, LagSeverity.Critical, 20_000, 15_000, 3, Began.AddSeconds(20));
}
