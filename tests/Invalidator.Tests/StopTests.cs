using System.Diagnostics;
using LastMile.Events.Fabric;
using LastMile.Events.Messages;
using LastMile.Events.Testing;
using Xunit;

namespace Invalidator.Tests;

public sealed class StopTests(SharedServers servers)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task It_stops_within_seconds()
    {
        await using var world = await World.CreateAsync(servers);
        await using var invalidator = await RunningInvalidator.StartReadyAsync(world);

        await StopsAsync(invalidator);

        Assert.DoesNotContain(invalidator.Log.Lines, line => line.Contains("BackgroundService failed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task It_stops_within_seconds_while_the_primary_is_down_and_leaves_the_work_where_it_was()
    {
        await using var world = await World.CreateAsync(servers);
        await using var bus = await BusProbe.OpenAsync(world.Amqp);
        await using var invalidator = await RunningInvalidator.StartReadyAsync(world);
        await world.Primary.Process.KillAsync();
        await world.ExecuteAsync("insert into products values (1, 'a', 1)");
        await bus.PublishAsync(new EntityChanged("Page") { Keys = ["k"] });
        await invalidator.Log.HasAsync("A purge asked for on the bus failed");

        await StopsAsync(invalidator);

        Assert.Equal(1, await world.ScalarAsync<long>("select count(*) from lastmile.outbox"));
        await Eventually.Async(() => bus.CountAsync("lastmile.changes"), count => count == 1);
    }

    [Fact]
    public async Task It_stops_within_seconds_while_no_server_was_ever_there()
    {
        await using var world = await World.CreateAsync(servers);
        var nobody = FreePort.Next();
        await using var invalidator = await RunningInvalidator.StartAsync(
            world,
            ("Postgres:ConnectionString", $"Host=127.0.0.1;Port={nobody};Username=x;Password=x"),
            ("Redis:ConnectionString", $"127.0.0.1:{nobody}"),
            ("RabbitMq:Uri", $"amqp://x:x@127.0.0.1:{nobody}/"));

        await StopsAsync(invalidator);
    }

    private static async Task StopsAsync(RunningInvalidator invalidator)
    {
        var started = Stopwatch.GetTimestamp();
        await invalidator.App.StopAsync();
        Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.Zero, Deadline);
    }
}
