using LastMile.Events.Messages;
using LastMile.Events.Testing;
using Npgsql;
using Xunit;

namespace Invalidator.Tests;

public sealed class EpisodeTests(SharedServers servers)
{
    private static readonly DateTimeOffset Began = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private static readonly Guid Earlier = Guid.CreateVersion7(Began.AddHours(-1));
    private static readonly Guid Later = Guid.CreateVersion7(Began);

    [Fact]
    public async Task Of_alerts_in_any_order_and_delivered_twice_the_newest_stays()
    {
        await using var world = await World.CreateAsync(servers);
        await using var bus = await BusProbe.OpenAsync(world.Amqp);
        (string Region, object[] Alerts)[] cases =
        [
            ("warned", [Warning(Later, "warned")]),
            ("rose", [Warning(Later, "rose"), Critical(Later, "rose"), Warning(Later, "rose")]),
            ("swapped", [Critical(Later, "swapped"), Warning(Later, "swapped")]),
            ("ended", [Warning(Later, "ended"), Critical(Later, "ended"), End(Later, "ended"), Warning(Later, "ended"), Critical(Later, "ended")]),
            ("end-first", [End(Later, "end-first"), Critical(Later, "end-first")]),
            ("old-end", [Warning(Later, "old-end"), End(Earlier, "old-end"), Critical(Earlier, "old-end")]),
            ("new-episode", [Critical(Earlier, "new-episode"), End(Earlier, "new-episode"), Warning(Later, "new-episode")]),
            ("no-end", [Critical(Earlier, "no-end"), Warning(Later, "no-end")]),
        ];
        const string Expected =
            "end-first later ended; ended later ended; new-episode later Warning; no-end later Warning; old-end later Warning; rose later Critical; swapped later Critical; warned later Warning";
        await using (await RunningInvalidator.StartReadyAsync(world))
        {
            foreach (var (_, alerts) in cases)
            {
                foreach (var alert in alerts)
                    await (alert is ReplicaLagDetected begin ? bus.PublishAsync(begin) : bus.PublishAsync((ReplicaLagRecovered)alert));
            }

            // The last one published is seen in it; those that are taken and not done with are when it has stopped.
            await Eventually.Async(ShownAsync, shown => shown == Expected);
            await Eventually.Async(() => bus.CountAsync("lastmile.episodes"), left => left == 0);
        }

        Assert.Equal(0, await bus.CountAsync("lastmile.episodes"));
        Assert.Equal(Expected, await ShownAsync());

        Task<string> ShownAsync() => world.ScalarAsync<string>(
            $"""
            select coalesce(string_agg(concat_ws(' ', region, case episode when '{Later}' then 'later' else 'earlier' end,
                case when ended then 'ended' else (array['Warning', 'Critical'])[1 + (alert ->> 'severity')::int] end), '; ' order by region), '')
            from lastmile.region_episode
            """);
    }

    [Fact]
    public async Task Who_asks_is_told_the_open_episode_and_how_long_ago_it_began()
    {
        await using var world = await World.CreateAsync(servers);
        await using var bus = await BusProbe.OpenAsync(world.Amqp);
        await using var invalidator = await RunningInvalidator.StartReadyAsync(world);
        var alert = Warning(Later, "ams") with { BehindBytes = 7 };
        await bus.PublishAsync(alert);

        var told = await Eventually.Async(() => AskAsync(invalidator), told => told.Open is not null);
        Assert.Equal(alert, told.Open);
        Assert.InRange(told.AgoMilliseconds, 2_000, 22_000);

        await bus.PublishAsync(End(Later, "ams"));
        await Eventually.Async(() => AskAsync(invalidator), told => told is { Open: null, AgoMilliseconds: 0, Region: "ams" });
    }

    [Fact]
    public async Task An_alert_waits_for_the_database_and_is_not_refused()
    {
        await using var world = await World.CreateAsync(servers);
        await using var bus = await BusProbe.OpenAsync(world.Amqp);
        await using var invalidator = await RunningInvalidator.StartReadyAsync(world);
        var database = new NpgsqlConnectionStringBuilder(world.Database).Database;
        await using var server = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(world.Database) { Database = "postgres", Pooling = false });

        await ExecuteAsync($"alter database {database} allow_connections false");
        await ExecuteAsync($"select pg_terminate_backend(pid) from pg_stat_activity where datname = '{database}'");
        await bus.PublishAsync(Critical(Later, "ams"));
        await invalidator.Log.HasAsync("postgres is unhealthy");
        await ExecuteAsync($"alter database {database} allow_connections true");

        await Eventually.Async(() => AskAsync(invalidator), told => told.Open is { Severity: LagSeverity.Critical });

        async Task ExecuteAsync(string sql)
        {
            await using var command = server.CreateCommand(sql);
            await command.ExecuteNonQueryAsync();
        }
    }

    private static Task<RegionEpisodeTold> AskAsync(RunningInvalidator invalidator) =>
        invalidator.AskAsync<RegionEpisodeRequested, RegionEpisodeTold>(new("ams"));

    private static ReplicaLagDetected Warning(Guid episode, string region) =>
        new(episode, region, LagSeverity.Warning, 1, 500, null, LinkState.Up, Began, Began.AddSeconds(2));

    private static ReplicaLagDetected Critical(Guid episode, string region) =>
        new(episode, region, LagSeverity.Critical, 3, 10_000, null, LinkState.Down, Began, Began.AddSeconds(10));

    private static ReplicaLagRecovered End(Guid episode, string region) =>
        new(episode, region, LagSeverity.Critical, 20_000, 15_000, 3, Began.AddSeconds(20));
}
