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

[StartsFirst]
public sealed class RegionWatchTests(SharedServers servers)
{
    private const string Told = "told";

    // What an Invalidator listens before it judges, of the five seconds on its own clock.
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
            () => world.ScalarAsync<string>("select coalesce(string_agg(concat_ws(' ', region, topology, verdict, shown_epoch, shown_sequence, applied_epoch, applied_sequence), '; ' order by region), '') from lastmile.region"),
            rows => rows == "ams Replicated Converged 3 17 3 16; fra Replicated Converged 0 0 3 16");
        var (_, shown) = await invalidator.GetAsync("/regions");
        Assert.Equal(["ams", "fra"], shown.GetProperty("regions").EnumerateArray().Select(region => region.GetProperty("name").GetString()));
    }

    [Fact]
    public async Task Of_two_Invalidators_one_reports_once_that_a_region_is_silent_and_once_that_it_is_back()
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

        // The Invalidator logs after it has published. A second publication of either would come before it records the next report.
        await Eventually.Async(() => Lines("Warning: Region ams has not reported since") == 2 && Lines("Information: Region ams reports again after") == 1);
        await ReportAsync("fra", recordings: 6);
        Assert.Equal(0, await bus.CountAsync(Told));
        Assert.Equal((2, 1), (Lines("Warning: Region ams has not reported since"), Lines("Information: Region ams reports again after")));

        int Lines(string begin) => first.Log.Lines.Concat(second.Log.Lines).Count(line => line.StartsWith(begin, StringComparison.Ordinal));

        // Until both have recorded it: the later of them would make the region young again, or bring it back.
        async Task ReportAsync(string region, int recordings)
        {
            await bus.PublishAsync(Reports.Of(region));
            await Eventually.Async(() => world.ScalarAsync<long>("select count(*) from recordings"), count => count == recordings);
        }
    }

    [Fact]
    public async Task An_alert_says_since_when_and_for_how_long()
    {
        await using var world = await World.CreateAsync(servers);
        await using var bus = await OpenAsync(world.Amqp);
        await RegionAsync(world, "ams", reportAge: "1 hour");
        var since = await world.ScalarAsync<DateTime>("select reported_at from lastmile.region");
        await using var invalidator = await RunningInvalidator.StartReadyAsync(world, Fast, Soon);

        var (_, silent) = await bus.ReceivedAsync(Told);
        await bus.PublishAsync(Reports.Of("ams"));
        var (_, again) = await bus.ReceivedAsync(Told);

        Assert.Equal(since, silent.GetProperty("since").GetDateTimeOffset().UtcDateTime);
        var longest = await world.ScalarAsync<TimeSpan>($"select clock_timestamp() - '{since:O}'");
        Assert.InRange(again.GetProperty("silentMilliseconds").GetDouble(), 3_600_000, longest.TotalMilliseconds);
    }

    [Fact]
    public async Task An_Invalidator_that_has_just_started_or_come_back_to_the_bus_judges_no_region()
    {
        await using var world = await World.CreateAsync(servers);
        await using var bus = await OpenAsync(world.Amqp);
        await using var link = new WanLink(world.Amqp.Port);
        await RegionAsync(world, "ams", reportAge: "1 hour");

        var started = Stopwatch.GetTimestamp();
        await using var invalidator = await RunningInvalidator.StartReadyAsync(world, Fast, Soon, ThroughLink(world, link));
        Assert.Equal("RegionSilent ams", await NextAsync(bus));
        Assert.InRange(Stopwatch.GetElapsedTime(started), Patience, TimeSpan.MaxValue);
        // Cut off before it knows that the bus has taken it, it would tell it again.
        await Eventually.Async(() => world.ScalarAsync<bool>("select silent_since is not null from lastmile.region where region = 'ams'"));

        link.Cut();
        await invalidator.MissesAsync("rabbitmq");
        // One of its queues may notice after another.
        await Eventually.Async(() => invalidator.App.Services.GetRequiredService<BusUptime>().Duration == TimeSpan.Zero);
        await RegionAsync(world, "fra", reportAge: "1 hour");
        var back = Stopwatch.GetTimestamp();
        link.Mend();
        Assert.Equal("RegionSilent fra", await NextAsync(bus));
        Assert.InRange(Stopwatch.GetElapsedTime(back), Patience, TimeSpan.MaxValue);
    }

    [Fact]
    public async Task A_region_that_another_Invalidator_hears_is_not_silent()
    {
        await using var world = await World.CreateAsync(servers);
        var elsewhere = await servers.CreateVirtualHostAsync();
        await using var bus = await OpenAsync(elsewhere);
        await using var hears = await RunningInvalidator.StartReadyAsync(world, Fast, Late);
        await RegionAsync(world, "ams", reportAge: "1 hour");
        await RegionAsync(world, "gone", reportAge: "1 minute");
        await using (await Reports.BeginAsync(world.Amqp, "ams"))
        {
            await Eventually.Async(() => world.ScalarAsync<bool>("select reported_at > clock_timestamp() - interval '10 seconds' from lastmile.region where region = 'ams'"));
            await using var judges = await RunningInvalidator.StartReadyAsync(world, Fast, Soon, ("RabbitMq:Uri", elsewhere.AbsoluteUri));

            Assert.Equal("RegionSilent gone", await NextAsync(bus));
            // The Invalidator publishes all regions that it finds silent before it commits any of them.
            await Eventually.Async(() => world.ScalarAsync<bool>("select silent_since is not null from lastmile.region where region = 'gone'"));
            Assert.Equal(0, await bus.CountAsync(Told));
        }
    }

    [Fact]
    public async Task An_alert_that_the_bus_refuses_is_reported_later()
    {
        await using var world = await World.CreateAsync(servers);
        await using var bus = await BusProbe.OpenAsync(world.Amqp);
        await bus.RefuseAsync<RegionSilent>();
        await RegionAsync(world, "ams", reportAge: "1 hour");
        // Its publisher gives up after five seconds of its clock.
        await using var invalidator = await RunningInvalidator.StartReadyAsync(
            world, FastClock.For(Speed, typeof(SilenceMonitor), typeof(BusUptime), typeof(BusPublisher)), Soon);
        await invalidator.Log.HasAsync("The check for silent regions failed and will be retried: ");
        Assert.True(await world.ScalarAsync<bool>("select silent_since is null from lastmile.region"));

        // Held meanwhile, so that it is not told between two steps, where nobody hears it.
        await using (var connection = await world.Source.OpenConnectionAsync(TestContext.Current.CancellationToken))
        await using (await connection.BeginTransactionAsync(TestContext.Current.CancellationToken))
        await using (var hold = new NpgsqlCommand("select from lastmile.region for update", connection))
        {
            await hold.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
            await bus.AcceptAsync<RegionSilent>(Told);
        }

        Assert.Equal("RegionSilent ams", await NextAsync(bus));
        await Eventually.Async(() => world.ScalarAsync<bool>("select silent_since is not null from lastmile.region"));
    }

    // Each report that an Invalidator records is a row more. What the test itself changes of a region is not, and nor is what they tell.
    private static Task CountRecordingsAsync(World world) => world.ExecuteAsync(
        """
        create table recordings (region text);
        create function count_recording() returns trigger language plpgsql as $$ begin insert into recordings values (new.region); return null; end $$;
        create trigger count_inserted after insert on lastmile.region for each row execute function count_recording();
        create trigger count_updated after update of verdict on lastmile.region for each row execute function count_recording();
        """);

    private static Task AgeAsync(World world, string region) =>
        world.ExecuteAsync($"update lastmile.region set reported_at = reported_at - interval '1 hour' where region = '{region}'");

    private static async Task<BusProbe> OpenAsync(Uri amqp)
    {
        var bus = await BusProbe.OpenAsync(amqp);
        await bus.ReceiveAsync<RegionSilent>(Told);
        await bus.ReceiveAsync<RegionBack>(Told);
        return bus;
    }

    private static async Task<string> NextAsync(BusProbe bus)
    {
        var (type, message) = await bus.ReceivedAsync(Told);
        return $"{type} {message.GetProperty("region").GetString()}";
    }

    private static (string, string?) ThroughLink(World world, WanLink link) =>
        ("RabbitMq:Uri", new UriBuilder(world.InvalidatorAmqp) { Port = link.Port }.Uri.AbsoluteUri);

    private static Task RegionAsync(World world, string region, string reportAge) =>
        world.ExecuteAsync($"insert into lastmile.region values ('{region}', 'Replicated', 'Converged', 1, 1, 1, 1, clock_timestamp() - interval '{heardAgo}')");
}
