using LastMile.Events.Fabric;
using LastMile.Events.Invalidator.Announcing;
using LastMile.Events.Testing;
using Xunit;

namespace Invalidator.Tests;

public sealed class BusOutageTests(SharedServers servers)
{
    [Fact]
    public async Task Purges_continue_without_the_bus_and_are_announced_after_the_outage()
    {
        await using var world = await World.CreateAsync(servers);
        await using var bus = await BusProbe.OpenAsync(world.Amqp);
        await using var link = new WanLink(world.Amqp.Port);
        await using var invalidator = await RunningInvalidator.StartReadyAsync(
            world,
            FastClock.For(5, typeof(BusPublisher)),
            ("RabbitMq:Uri", new UriBuilder(world.InvalidatorAmqp) { Port = link.Port }.Uri.AbsoluteUri));

        link.Cut();
        await world.ExecuteAsync("insert into products values (1, 'a', 1)");
        await world.RenewedAsync("category:1");
        Assert.Contains("RabbitMq:Uri", await invalidator.LogsMissingAsync("rabbitmq"), StringComparison.Ordinal);
        // This purge cannot be announced either.
        await world.ExecuteAsync("insert into products values (2, 'b', 2)");
        await Eventually.Async(
            () => invalidator.Log.Lines.Count(line => line.Contains("purge batches wait in the log", StringComparison.Ordinal)) >= 2);
        link.Mend();

        var announced = await bus.AnnouncedAsync(purge => purge.Keys.Contains("product:1", StringComparer.Ordinal));
        await Eventually.Async(
            () => world.ScalarAsync<bool>($"select announced_at is not null from lastmile.purge_log where id = '{announced.BatchId}'"));
        await invalidator.ReadyAsync();
        await invalidator.Log.HasAsync("Information: Purges are announced to the regions again after ");
        Assert.Single(invalidator.Log.Lines, line => line.StartsWith("Warning: Purges can't be announced", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_service_connects_after_its_password_is_corrected_at_the_broker()
    {
        await using var world = await World.CreateAsync(servers);
        var right = new UriBuilder(world.Amqp) { UserName = "user_of" + world.Amqp.AbsolutePath[1..], Password = "right" };
        await servers.PutUserAsync(new UriBuilder(right.Uri) { Password = "former" }.Uri);
        await using var invalidator = await RunningInvalidator.StartAsync(world, ("RabbitMq:Uri", right.Uri.AbsoluteUri));
        await invalidator.MissesAsync("rabbitmq", "ACCESS_REFUSED");
        Assert.Contains("RabbitMq:Uri", await invalidator.LogsMissingAsync("rabbitmq"), StringComparison.Ordinal);

        await servers.PutUserAsync(right.Uri);

        await invalidator.ReadyAsync();
    }
}
