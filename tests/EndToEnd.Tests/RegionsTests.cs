using Xunit;

namespace LastMile.Events.EndToEnd.Tests;

/// <summary>Guarantees for regions of both topologies, in one system.</summary>
[Collection<SystemTests>]
public sealed class RegionsTests(RunningSystem system)
{
    [Fact]
    public async Task A_renamed_slug_purges_the_product_and_both_slugs_in_every_region_without_being_on_the_primary()
    {
        var id = system.Take(1)[0];
        var old = await system.QueryAsync<string>("select slug from products where id = $1", id);
        string[] keys = [$"product:{id}", $"product:slug:{old}", $"product:slug:{old}-x"];
        await system.FillAsync(keys);
        foreach (var key in keys)
            Assert.False(await system.Primary.GetDatabase().KeyExistsAsync(key));

        await system.QueryAsync<string>("update products set slug = slug || '-x' where id = $1 returning slug", id);

        await system.GoneAsync(keys);
    }

    [Fact]
    public async Task A_rolled_back_update_purges_nothing()
    {
        var ids = system.Take(2);
        await system.FillAsync($"product:{ids[0]}", $"product:{ids[1]}");

        await using (var connection = await system.Database.OpenConnectionAsync())
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            await using var update = connection.CreateCommand();
            update.CommandText = $"update products set name = 'never' where id = {ids[0]}";
            await update.ExecuteNonQueryAsync();
            await transaction.RollbackAsync();
        }

        // A later change has been purged everywhere, so the rolled-back one would have been purged too.
        await system.QueryAsync<string>("update products set name = 'now' where id = $1 returning name", ids[1]);
        await system.GoneAsync($"product:{ids[1]}");
        foreach (var region in system.Regions)
            Assert.Equal(1, await region.HeldAsync($"product:{ids[0]}"));
    }

    [Fact]
    public async Task Every_Storefront_shows_a_change()
    {
        var id = system.Take(1)[0];
        using var http = new HttpClient();
        var shops = system.System.Storefronts.Values.Select(shop => new Uri(shop.Address, $"products/{id}")).ToArray();
        foreach (var shop in shops)
            await http.GetStringAsync(shop);

        await system.QueryAsync<string>("update products set name = 'seen everywhere' where id = $1 returning name", id);

        foreach (var shop in shops)
        {
            await Testing.Eventually.Async(
                () => http.GetStringAsync(shop), page => page.Contains("seen everywhere", StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task An_agent_that_was_down_misses_no_purge(int region)
    {
        var ids = system.Take(50);
        var keys = Array.ConvertAll(ids, id => $"product:{id}");
        await system.FillAsync(keys);
        var agent = system.Regions[region].Agent;
        await agent.KillAsync();

        await system.ChangeAsync(ids);
        await agent.StartAsync();

        await system.GoneAsync(keys);
        await system.Regions[region].IsHealthyAsync();
    }

    [Fact]
    public async Task An_Invalidator_killed_under_load_loses_no_change()
    {
        var ids = system.Take(200);
        var keys = Array.ConvertAll(ids, id => $"product:{id}");
        await system.FillAsync(keys);
        var killed = Task.CompletedTask;

        foreach (var id in ids)
        {
            await system.QueryAsync<string>("update products set name = name || '!' where id = $1 returning name", id);
            if (id == ids[ids.Length / 2])
                killed = system.System.Invalidator.Process.KillAsync();
        }

        await killed;
        await system.System.Invalidator.Process.StartAsync();
        await system.GoneAsync(keys);
    }
}
