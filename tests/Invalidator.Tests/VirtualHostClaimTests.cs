using LastMile.Events.Testing;
using RabbitMQ.Client;
using Xunit;

namespace Invalidator.Tests;

/// <summary>Tests that a lineage of a virtual host carries the purges of one database only.</summary>
public sealed class VirtualHostClaimTests(SharedServers servers)
{
    [Fact]
    public async Task A_second_database_stays_off_the_bus_and_its_purges_continue()
    {
        await using var first = await World.CreateAsync(servers);
        await using var second = await World.CreateAsync(servers);
        await BecomeAnotherDatabaseAsync(second);
        await using var owner = await RunningInvalidator.StartReadyAsync(first);

        await using var refused = await RunningInvalidator.StartAsync(second, ("RabbitMq:Uri", first.InvalidatorAmqp.AbsoluteUri));

        var health = await Eventually.Async(
            async () => (await refused.GetAsync("/health/ready")).Body.ToString(),
            shown => shown.Contains("belongs to another database", StringComparison.Ordinal));
        Assert.Contains($"rabbitmqctl delete_queue -p {VirtualHostOf(first)} lastmile.lineage.main", health, StringComparison.Ordinal);
        Assert.DoesNotContain("does not answer", health, StringComparison.Ordinal);
        await second.CacheAsync("product:1");
        await second.ExecuteAsync("insert into products values (1, 'a', 1)");
        await second.GoneAsync("product:1");

        await DeleteClaimAsync(first);
        await refused.ReadyAsync();
    }

    [Fact]
    public async Task A_second_database_with_its_own_lineage_joins_the_same_bus()
    {
        await using var first = await World.CreateAsync(servers);
        await using var second = await World.CreateAsync(servers);
        await BecomeAnotherDatabaseAsync(second);
        await using var owner = await RunningInvalidator.StartReadyAsync(first);

        await using var other = await RunningInvalidator.StartAsync(
            second, ("RabbitMq:Uri", first.InvalidatorAmqp.AbsoluteUri), ("Invalidator:Lineage", "orders"));

        await other.ReadyAsync();
    }

    [Fact]
    public async Task An_Invalidator_with_another_lineage_than_its_database_purges_nothing_and_reports_what_to_do()
    {
        await using var world = await World.CreateAsync(servers);
        await world.ExecuteAsync("update lastmile.identity set lineage = 'main'");

        await using var refused = await RunningInvalidator.StartAsync(world, ("Invalidator:Lineage", "orders"));

        await Eventually.Async(
            async () => (await refused.GetAsync("/health/ready")).Body.ToString(),
            shown => shown.Contains("Set Invalidator:Lineage to 'main'", StringComparison.Ordinal)
                && shown.Contains("update lastmile.identity set lineage = 'orders'", StringComparison.Ordinal));
        await world.ExecuteAsync("insert into products values (1, 'a', 1)");
        Assert.False(await world.Region.KeyExistsAsync("lm:orders:watermark"));

        await world.ExecuteAsync("update lastmile.identity set lineage = 'orders'");
        await refused.ReadyAsync();
        await world.OutboxEmptyAsync();
    }

    [Fact]
    public async Task The_primary_keeps_the_databases_identity_even_after_a_purge_of_everything()
    {
        await using var world = await World.CreateAsync(servers);
        await using var invalidator = await RunningInvalidator.StartReadyAsync(world);
        var identity = await world.ScalarAsync<Guid>("select database from lastmile.identity");

        await Eventually.Async(
            async () => (string?)await world.Region.StringGetAsync("lm:main:database"), name => name == identity.ToString());
        await invalidator.PurgeAsync("""{"all":true}""", "?wait=0s");
        await Eventually.Async(
            async () => (string?)await world.Region.StringGetAsync("lm:main:database"), name => name == identity.ToString());
    }

    // All test databases are copies of one template, and a copy keeps the identity of its original, as a backup does.
    private static Task BecomeAnotherDatabaseAsync(World world) =>
        world.ExecuteAsync("update lastmile.identity set database = gen_random_uuid()");

    private static string VirtualHostOf(World world) => world.Amqp.AbsolutePath[1..];

    private static async Task DeleteClaimAsync(World world)
    {
        await using var connection = await new ConnectionFactory { Uri = world.Amqp }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        await channel.QueueDeleteAsync("lastmile.lineage.main");
    }
}
