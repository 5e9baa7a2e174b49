using LastMile.Events.Testing.Pages;
using Xunit;

namespace Invalidator.Tests;

/// <summary>Tests cached pages that show a value from another row, with the statements of docs/capture.md.</summary>
public sealed class FanOutTests(PurgingInvalidator running) : IClassFixture<PurgingInvalidator>
{
    private readonly World world = running.World;

    [Fact]
    public async Task A_renamed_author_invalidates_only_the_pages_that_show_the_name()
    {
        await world.ExecuteAsync(BlockUse.BlocksFor<FanOutTests>().Single().Text);
        await world.ExecuteAsync(
            """
            insert into authors values (7, 'Ann'), (8, 'Bo');
            insert into posts select n, case when n <= 40 then 7 else 8 end, 'Post ' || n from generate_series(1, 50) n
            """);
        await world.OutboxEmptyAsync();
        // Purges arrive in order, so the region has all earlier ones once it has this one.
        await world.ExecuteAsync("insert into authors values (9, 'Cy')");
        await world.RenewedAsync("author:9");
        foreach (var post in Enumerable.Range(1, 50))
            await FillAsync(post);
        await world.CacheAsync("author:7");
        var before = await world.GenerationAsync("author:7");

        await world.ExecuteAsync("update authors set name = 'Anna' where id = 7");
        await world.RenewedAsync("author:7", than: before);

        await world.GoneAsync("author:7");
        Assert.Equal(Enumerable.Range(41, 10), await HitsAsync());

        await world.ExecuteAsync("update posts set author_id = 7 where id = 50");
        await world.GoneAsync("post:50", "post:50:author");
        Assert.Equal("7", await AuthorOfAsync(50));
        Assert.Equal(Enumerable.Range(41, 9), await HitsAsync());
    }

    // Fills the cache as a reader does: first an entry for the author, then the page, prefixed with the generation of its author's tag.
    private async Task FillAsync(int post)
    {
        var author = await AuthorOfAsync(post);
        var generation = await world.GenerationAsync($"author:{author}");
        var page = await world.ScalarAsync<string>(
            $"select title || ' by ' || name from posts join authors on authors.id = author_id where posts.id = {post}");
        await world.Region.StringSetAsync($"post:{post}", $"{generation}\n{page}", TimeSpan.FromHours(1));
    }

    private async Task<string> AuthorOfAsync(int post)
    {
        if ((string?)await world.Region.StringGetAsync($"post:{post}:author") is { } known)
            return known;
        var author = (await world.ScalarAsync<int>($"select author_id from posts where id = {post}"))
            .ToString(System.Globalization.CultureInfo.InvariantCulture);
        await world.Region.StringSetAsync($"post:{post}:author", author, TimeSpan.FromHours(1));
        return author;
    }

    private async Task<List<int>> HitsAsync()
    {
        var hits = new List<int>();
        foreach (var post in Enumerable.Range(1, 50))
        {
            var generation = await world.GenerationAsync($"author:{await AuthorOfAsync(post)}");
            if ((string?)await world.Region.StringGetAsync($"post:{post}") is { } entry
                && entry.StartsWith(generation + "\n", StringComparison.Ordinal))
            {
                hits.Add(post);
            }
        }

        return hits;
    }
}
