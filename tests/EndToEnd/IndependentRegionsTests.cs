using Xunit;

namespace LastMile.Events.EndToEnd.Tests;

public sealed class IndependentRegionsTests(IndependentSystem system) : IClassFixture<IndependentSystem>
{
    [Fact]
    public async Task A_change_purges_regions_that_nothing_replicates_to()
    {
        var id = system.Take(1)[0];
        var slug = await system.QueryAsync<string>("select slug from products where id = $1", id);
        string[] keys = [$"product:{id}", $"product:slug:{slug}"];
        await system.FillAsync(keys);

        await system.QueryAsync<string>("update products set name = 'new' where id = $1 returning name", id);

        await system.GoneAsync(keys);
    }

    [Fact]
    public async Task An_agent_that_was_down_purges_what_it_missed()
    {
        var ids = system.Take(50);
        var keys = Array.ConvertAll(ids, id => $"product:{id}");
        await system.FillAsync(keys);
        var agent = system.System.Agents["syd"].Process;
        await agent.KillAsync();

        foreach (var id in ids)
            await system.QueryAsync<string>("update products set name = 'meanwhile' where id = $1 returning name", id);
        await agent.StartAsync();

        await system.GoneAsync(keys);
    }
}
