using LastMile.Events.Testing;
using Xunit;

namespace Invalidator.Tests;

public sealed class SeveralInvalidatorsTests(SharedServers servers)
{
    [Fact]
    public async Task Two_Invalidators_share_one_outbox_and_lose_nothing()
    {
        await using var world = await World.CreateAsync(servers);
        await using var first = await RunningInvalidator.StartAsync(world, ("Invalidator:ClaimRows", "7"));
        await using var second = await RunningInvalidator.StartAsync(world, ("Invalidator:ClaimRows", "7"));
        await Task.WhenAll(first.ReadyAsync(), second.ReadyAsync());
        string[] keys = [.. Enumerable.Range(1, 600).Select(n => $"product:{n}")];
        await world.CacheAsync(keys);

        await Task.WhenAll(Enumerable.Range(0, 6).Select(writer => world.ExecuteAsync(
            $"do $$ begin for n in {(writer * 100) + 1}..{(writer + 1) * 100} "
            + "loop insert into products values (n, 's' || n, 1); commit; end loop; end $$")));

        await world.GoneAsync(keys);
        await world.OutboxEmptyAsync();
        Assert.Equal(1, await world.ScalarAsync<long>("select count(*) from lastmile.epoch"));
        // If both the stream and a claim purge a row, it leaves the outbox shortly before both batches are logged.
        await Eventually.Async(() => world.ScalarAsync<bool>("select count(*) = max(sequence) from lastmile.purge_log"));
    }

    [Fact]
    public async Task Configured_rules_add_keys_and_tags()
    {
        await using var world = await World.CreateAsync(servers);
        await using var invalidator = await RunningInvalidator.StartReadyAsync(
            world,
            ("Invalidator:Rules:0:Entity", "Product"),
            ("Invalidator:Rules:0:Keys:0", "page:{slug}"),
            ("Invalidator:Rules:0:Tags:0", "search"));
        await world.CacheAsync("product:1", "page:shoe");

        await world.ExecuteAsync("insert into products values (1, 'shoe', 1)");

        await world.GoneAsync("product:1", "page:shoe");
        await world.RenewedAsync("search");
    }
}
