using System.Diagnostics;
using LastMile.Events.Fabric;
using LastMile.Events.Invalidator.Announcing;
using LastMile.Events.Invalidator.Regions;
using LastMile.Events.Messages;
using LastMile.Events.Testing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Xunit;

namespace Invalidator.Tests;

[RunsFirst]
public sealed class SilenceMonitorTests(SharedServers servers)
{
    private const string AlertQueue = "alerts";

    // An Invalidator must be on the bus for five seconds, on its own clock, before it judges a region.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5) / Speed;

    private const int Speed = 4;

    private static readonly Action<IServiceCollection> Fast = FastClock.For(Speed, typeof(SilenceMonitor), typeof(BusUptime));

    private static readonly (string, string?) Soon = ("Invalidator:SilentAfter", "00:00:30");
    private static readonly (string, string?) Late = ("Invalidator:SilentAfter", "00:10:00");

    [Fact]
    public async Task A_report_is_recorded()
    {
        await using var world = await World.CreateAsync(servers);
        await using var bus = await BusProbe.OpenAsync(world.Amqp);
        await using var invalidator = await RunningInvalidator.StartReadyAsync(world, Fast);

        await bus.PublishAsync(Reports.Of("ams") with { Verdict = "" });
        await bus.PublishAsync(Reports.Of("ams\0"));
        await bus.PublishAsync(Reports.Of("fra") with { Shown = null });
        await bus.PublishAsync(Reports.Of("ams"));

        await Eventually.Async(
            () => world.ScalarAsync<string>(
                """
                select coalesce(string_agg(
                    concat_ws(' ', region, topology, verdict, shown_epoch, shown_sequence, applied_epoch, applied_sequence),
                    '; ' order by region), '')
                from lastmile.region
                """),
            rows => rows == "ams Replicated Converged 3 17 3 16; fra Replicated Converged 0 0 3 16");
        var (_, shown) = await invalidator.GetAsync("/regions");
        Assert.Equal(
            ["ams", "fra"],
            shown.GetProperty("regions").EnumerateArray().Select(region => region.GetProperty("name").GetString()));
    }

    [Fact]
    public async Task Only_one_of_two_Invalidators_reports_a_silent_region_and_its_return()
    {
        await using var world = await World.CreateAsync(servers);
        await using var bus = await OpenAsync(world.Amqp);
        await CountRecordingsAsync(world);
        await using var first = await RunningInvalidator.StartAsync(world, Fast, Late);
        await using var second = await RunningInvalidator.StartAsync(world, Fast, Late);
        await Task.WhenAll(first.ReadyAsync(), second.ReadyAsync());

        await ReportAsync("ams", recordings: 2);
        await AgeAsync(world, "ams");
        Assert.Equal("RegionSilent ams", await NextAsync(bus));
        await ReportAsync("ams", recordings: 4);
        Assert.Equal("RegionBack ams", await NextAsync(bus));
        await AgeAsync(world, "ams");
        Assert.Equal("RegionSilent ams", await NextAsync(bus));

        // An Invalidator logs an alert after it has published it, and would publish a second one before it records the next report.
        await Eventually.Async(() => LoggedAlerts() == (2, 1));
        await ReportAsync("fra", recordings: 6);
        Assert.Equal(0, await bus.CountAsync(AlertQueue));
        Assert.Equal((2, 1), LoggedAlerts());

        (int Silent, int Back) LoggedAlerts() =>
            (Lines("Warning: Region ams has not reported since"), Lines("Information: Region ams reports again after"));

        int Lines(string begin) => first.Log.Lines.Concat(second.Log.Lines).Count(line => line.StartsWith(begin, StringComparison.Ordinal));

        // Waits until both Invalidators have recorded the report, because a late recording would end the silence that the test simulates.
        async Task ReportAsync(string region, int recordings)
        {
            await bus.PublishAsync(Reports.Of(region));
            await Eventually.Async(() => world.ScalarAsync<long>("select count(*) from recordings"), count => count == recordings);
        }
    }

    [Fact]
    public async Task An_alert_contains_the_start_and_duration_of_the_silence()
    {
        await using var world = await World.CreateAsync(servers);
        await using var bus = await OpenAsync(world.Amqp);
        await RegionAsync(world, "ams", reportAge: "1 hour");
        var since = await world.ScalarAsync<DateTime>("select reported_at from lastmile.region");
        await using var invalidator = await RunningInvalidator.StartReadyAsync(world, Fast, Soon);

        var (_, silent) = await bus.ReceivedAsync(AlertQueue);
        await bus.PublishAsync(Reports.Of("ams"));
        var (_, again) = await bus.ReceivedAsync(AlertQueue);

        Assert.Equal(since, silent.GetProperty("since").GetDateTimeOffset().UtcDateTime);
        var longest = await world.ScalarAsync<TimeSpan>($"select clock_timestamp() - '{since:O}'");
        Assert.InRange(again.GetProperty("silentMilliseconds").GetDouble(), 3_600_000, longest.TotalMilliseconds);
    }

    [Fact]
    public async Task An_Invalidator_judges_no_region_just_after_its_start_or_reconnection()
    {
        await using var world = await World.CreateAsync(servers);
        await using var bus = await OpenAsync(world.Amqp);
        await using var link = new WanLink(world.Amqp.Port);
        await RegionAsync(world, "ams", reportAge: "1 hour");

        var started = Stopwatch.GetTimestamp();
        await using var invalidator = await RunningInvalidator.StartReadyAsync(world, Fast, Soon, ThroughLink(world, link));
        Assert.Equal("RegionSilent ams", await NextAsync(bus));
        Assert.InRange(Stopwatch.GetElapsedTime(started), Patience, TimeSpan.MaxValue);
        // If the link were cut before the Invalidator has committed the alert, it would publish the alert again.
        await Eventually.Async(() => world.ScalarAsync<bool>(
            "select silent_since is not null from lastmile.region where region = 'ams'"));

        link.Cut();
        await invalidator.MissesAsync("rabbitmq");
        // The queues of the Invalidator may notice the cut at different times.
        await Eventually.Async(() => invalidator.App.Services.GetRequiredService<BusUptime>().Duration == TimeSpan.Zero);
        await RegionAsync(world, "fra", reportAge: "1 hour");
        var back = Stopwatch.GetTimestamp();
        link.Mend();
        Assert.Equal("RegionSilent fra", await NextAsync(bus));
        Assert.InRange(Stopwatch.GetElapsedTime(back), Patience, TimeSpan.MaxValue);
    }

    [Fact]
    public async Task A_region_that_reports_to_another_Invalidator_is_not_silent()
    {
        await using var world = await World.CreateAsync(servers);
        var elsewhere = await servers.CreateVirtualHostAsync();
        await using var bus = await OpenAsync(elsewhere);
        await using var receiving = await RunningInvalidator.StartReadyAsync(world, Fast, Late);
        await RegionAsync(world, "ams", reportAge: "1 hour");
        await RegionAsync(world, "gone", reportAge: "1 minute");
        await using (await Reports.BeginAsync(world.Amqp, "ams"))
        {
            await Eventually.Async(() => world.ScalarAsync<bool>(
                "select reported_at > clock_timestamp() - interval '10 seconds' from lastmile.region where region = 'ams'"));
            await using var judging = await RunningInvalidator.StartReadyAsync(
                world, Fast, Soon, ("RabbitMq:Uri", elsewhere.AbsoluteUri));

            Assert.Equal("RegionSilent gone", await NextAsync(bus));
            // The Invalidator publishes the alerts of all silent regions before it commits any of them.
            await Eventually.Async(() => world.ScalarAsync<bool>(
                "select silent_since is not null from lastmile.region where region = 'gone'"));
            Assert.Equal(0, await bus.CountAsync(AlertQueue));
        }
    }

    [Fact]
    public async Task An_alert_that_the_bus_refuses_is_published_later()
    {
        await using var world = await World.CreateAsync(servers);
        await using var bus = await BusProbe.OpenAsync(world.Amqp);
        await bus.RefuseAsync<RegionSilent>();
        await RegionAsync(world, "ams", reportAge: "1 hour");
        // The publisher times out after five seconds on its own clock.
        await using var invalidator = await RunningInvalidator.StartReadyAsync(
            world, FastClock.For(Speed, typeof(SilenceMonitor), typeof(BusUptime), typeof(BusPublisher)), Soon);
        await invalidator.Log.HasAsync("The check for silent regions failed and will be retried: ");
        Assert.True(await world.ScalarAsync<bool>("select silent_since is null from lastmile.region"));

        // Locks the row, so that the alert is not published after the exchange is deleted and before the queue is bound.
        await using (var connection = await world.Source.OpenConnectionAsync(TestContext.Current.CancellationToken))
        await using (await connection.BeginTransactionAsync(TestContext.Current.CancellationToken))
        await using (var hold = new NpgsqlCommand("select from lastmile.region for update", connection))
        {
            await hold.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
            await bus.AcceptAsync<RegionSilent>(AlertQueue);
        }

        Assert.Equal("RegionSilent ams", await NextAsync(bus));
        await Eventually.Async(() => world.ScalarAsync<bool>("select silent_since is not null from lastmile.region"));
    }

    // Counts each report that an Invalidator records, but not the test's own updates or the recording of alerts.
    private static Task CountRecordingsAsync(World world) => world.ExecuteAsync(
        """
        create table recordings (region text);
        create function count_recording() returns trigger language plpgsql as
            $$ begin insert into recordings values (new.region); return null; end $$;
        create trigger count_inserted after insert on lastmile.region for each row execute function count_recording();
        create trigger count_updated after update of verdict on lastmile.region for each row execute function count_recording();
        """);

    private static Task AgeAsync(World world, string region) =>
        world.ExecuteAsync($"update lastmile.region set reported_at = reported_at - interval '1 hour' where region = '{region}'");

    private static async Task<BusProbe> OpenAsync(Uri amqp)
    {
        var bus = await BusProbe.OpenAsync(amqp);
        await bus.ReceiveAsync<RegionSilent>(AlertQueue);
        await bus.ReceiveAsync<RegionBack>(AlertQueue);
        return bus;
    }

    private static async Task<string> NextAsync(BusProbe bus)
    {
        var (type, message) = await bus.ReceivedAsync(AlertQueue);
        return $"{type} {message.GetProperty("region").GetString()}";
    }

    private static (string, string?) ThroughLink(World world, WanLink link) =>
        ("RabbitMq:Uri", new UriBuilder(world.InvalidatorAmqp) { Port = link.Port }.Uri.AbsoluteUri);

    private static Task RegionAsync(World world, string region, string reportAge) =>
        world.ExecuteAsync(
            "insert into lastmile.region "
            + $"values ('{region}', 'Replicated', 'Converged', 1, 1, 1, 1, clock_timestamp() - interval '{reportAge}')");
}
