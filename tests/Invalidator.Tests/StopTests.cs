using System.Diagnostics;
using LastMile.Events.Fabric;
using LastMile.Events.Messages;
using LastMile.Events.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace Invalidator.Tests;

public sealed class StopTests(SharedServers servers)
{
    [Fact]
    public async Task Every_hosted_service_ends_by_itself()
    {
        await using var world = await World.CreateAsync(servers);
        await using var invalidator = await RunningInvalidator.StartReadyAsync(world);

        await StopAsync(invalidator);

        Assert.DoesNotContain(invalidator.Log.Lines, line => line.Contains("BackgroundService failed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Every_hosted_service_ends_while_the_primary_is_down_and_its_work_stays_queued()
    {
        await using var world = await World.CreateAsync(servers);
        await using var bus = await BusProbe.OpenAsync(world.Amqp);
        await using var invalidator = await StartWithoutPrimaryAsync(world, bus);

        await StopAsync(invalidator);

        Assert.Equal(1, await world.ScalarAsync<long>("select count(*) from lastmile.outbox"));
        await Eventually.Async(() => bus.CountAsync("lastmile.changes.main"), count => count == 1);
    }

    [Fact]
    public async Task Every_hosted_service_ends_if_no_server_was_ever_reachable()
    {
        await using var world = await World.CreateAsync(servers);
        await using var invalidator = await StartWithoutServersAsync(world);

        await StopAsync(invalidator);
    }

    [Fact, MeasuresTime]
    public async Task The_service_stops_within_five_seconds_during_any_outage()
    {
        await using var world = await World.CreateAsync(servers);
        await using var bus = await BusProbe.OpenAsync(world.Amqp);

        await StopsAsync(await RunningInvalidator.StartReadyAsync(world));
        await StopsAsync(await StartWithoutServersAsync(world));
        await StopsAsync(await StartWithoutPrimaryAsync(world, bus));

        static async Task StopsAsync(RunningInvalidator invalidator)
        {
            await using var disposed = invalidator;
            var begin = Stopwatch.GetTimestamp();
            await invalidator.App.StopAsync();
            Assert.InRange(Stopwatch.GetElapsedTime(begin), TimeSpan.Zero, TimeSpan.FromSeconds(5));
        }
    }

    // Starts an Invalidator in which one purge from the outbox and one from the bus wait for the primary.
    private static async Task<RunningInvalidator> StartWithoutPrimaryAsync(World world, BusProbe bus)
    {
        var invalidator = await RunningInvalidator.StartReadyAsync(world);
        await world.Primary.Process.KillAsync();
        await world.ExecuteAsync("insert into products values (1, 'a', 1)");
        await bus.PublishAsync(new EntityChanged("Page") { Keys = ["k"] });
        await invalidator.Log.HasAsync("A purge requested on the bus failed");
        return invalidator;
    }

    private static Task<RunningInvalidator> StartWithoutServersAsync(World world)
    {
        var unusedPort = FreePort.Next();
        return RunningInvalidator.StartAsync(
            world,
            ("Postgres:ConnectionString", $"Host=127.0.0.1;Port={unusedPort};Username=x;Password=x"),
            ("Redis:ConnectionString", $"127.0.0.1:{unusedPort}"),
            ("RabbitMq:Uri", $"amqp://x:x@127.0.0.1:{unusedPort}/"));
    }

    // Waits for each service, because the host does so for five seconds at most: when the bus hangs, it cancels the other services without
    // awaiting them.
    private static async Task StopAsync(RunningInvalidator invalidator)
    {
        var services = invalidator.App.Services.GetServices<IHostedService>().OfType<BackgroundService>().ToList();
        Assert.NotEqual("", Running());

        await invalidator.App.StopAsync();

        await Eventually.Async(() => Task.FromResult(Running()), running => running.Length == 0);

        string Running() => string.Join(
            ' ', services.Where(service => service.ExecuteTask is { IsCompleted: false }).Select(service => service.GetType().Name));
    }
}
