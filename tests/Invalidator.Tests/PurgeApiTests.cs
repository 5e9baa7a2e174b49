using System.Net;
using LastMile.Events.Messages;
using LastMile.Events.Testing;
using StackExchange.Redis;
using Xunit;

namespace Invalidator.Tests;

public sealed class PurgeApiTests(PurgingInvalidator running) : IClassFixture<PurgingInvalidator>
{
    private const string Trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    private readonly World world = running.World;
    private readonly RunningInvalidator invalidator = running.Invalidator;

    [Fact]
    public async Task Keys_and_tags_are_purged_in_one_batch_which_is_logged_and_announced()
    {
        await world.CacheAsync("page:1", "page:2", "page:3");
        // The log marks each batch as already announced, so only the in-memory path can announce this one.
        await world.ExecuteAsync("alter table lastmile.purge_log alter announced_at set default now()");
        try
        {
            var answer = await invalidator.PurgeAsync(
                """{"keys":["page:1","page:2","page:1"],"tags":["front"],"actor":"editor"}""", headers: "traceparent: " + Trace);

            Assert.Equal((HttpStatusCode.Accepted, $"/purges/{answer.Id}"), (answer.Status, answer.Location?.OriginalString));
            await world.GoneAsync("page:1", "page:2");
            Assert.Equal(answer.Watermark, await world.RenewedAsync("front"));
            Assert.True(await world.IsCachedAsync("page:3"));
            var announced = await running.Bus.AnnouncedAsync(purge => purge.BatchId == answer.Id);
            Assert.Equal(("page:1 page:2", "front"), (string.Join(' ', announced.Keys), string.Join(' ', announced.Tags)));
            Assert.Equal([new ChangeOrigin(Trace, "editor")], announced.Origins);
            Assert.Equal(
                answer.Watermark,
                await world.ScalarAsync<string>($"select epoch || '-' || sequence from lastmile.purge_log where id = '{answer.Id}'"));
        }
        finally
        {
            await world.ExecuteAsync("alter table lastmile.purge_log alter announced_at drop default");
        }
    }

    [Fact]
    public async Task A_purge_by_prefix_is_applied_on_the_primary_and_announced_to_the_agents()
    {
        await using var primary = await ConnectionMultiplexer.ConnectAsync(world.Primary.Endpoint);
        var products = Enumerable.Range(1, 5_000).Select(n => KeyValuePair.Create((RedisKey)$"product:{n}", (RedisValue)"1"));
        await primary.GetDatabase().StringSetAsync([.. products]);
        await primary.GetDatabase().StringSetAsync("products", "1");

        var answer = await invalidator.PurgeAsync("""{"prefix":"product:"}""");

        Assert.Equal(HttpStatusCode.Accepted, answer.Status);
        var left = (await primary.GetServers()[0].KeysAsync(pageSize: 1_000).ToListAsync()).Select(key => (string)key!)
            .Where(key => key is not ("lm:main:database" or "lm:lineages") && !key.StartsWith("lm:main:tag", StringComparison.Ordinal));
        Assert.Equal(["lm:main:watermark", "products"], left.Order());
        Assert.Equal(answer.Watermark, await primary.GetDatabase().StringGetAsync("lm:main:watermark"));
        var announced = await running.Bus.AnnouncedAsync(purge => purge.BatchId == answer.Id);
        Assert.Equal(("product:", false, 0), (announced.Prefix, announced.Everything, announced.Keys.Count));
        await invalidator.Log.HasAsync(
            $"Every key that begins with 'product:' was dropped at the request of an unnamed caller: purge {answer.Id}");
    }

    [Fact]
    public async Task A_purge_of_everything_keeps_the_watermark_and_advances_it()
    {
        await world.CacheAsync("page:4", "anything");

        var answer = await invalidator.PurgeAsync("""{"all":true}""");

        Assert.Equal(HttpStatusCode.Accepted, answer.Status);
        await world.GoneAsync("page:4", "anything");
        Assert.Equal(answer.Watermark, await world.Region.StringGetAsync("lm:main:watermark"));
        Assert.True((await running.Bus.AnnouncedAsync(purge => purge.BatchId == answer.Id)).Everything);
        Assert.True(await world.ScalarAsync<bool>($"select everything from lastmile.purge_log where id = '{answer.Id}'"));
    }

    [Fact]
    public async Task The_maximum_number_of_names_fits_in_one_purge()
    {
        string[] keys = [.. Enumerable.Range(1, 5_000).Select(n => $"many:{n}")];
        await world.CacheAsync(keys);

        var names = string.Join("\",\"", keys);
        var answer = await invalidator.PurgeAsync($$"""{"keys":["{{names}}"],"tags":["{{names}}"]}""");

        Assert.Equal(HttpStatusCode.Accepted, answer.Status);
        await world.GoneAsync(keys);
        Assert.Equal(
            10_000,
            await world.ScalarAsync<int>(
                $"select cardinality(keys) + cardinality(tags) from lastmile.purge_log where id = '{answer.Id}'"));
    }

    [Theory]
    [InlineData("""{"keys":["a"],"all":true}""", "", "The body must have exactly one of these")]
    [InlineData("""{"keys":["a","b\u0007"]}""", "", "keys[1]: 'b\ufffd' contains control characters.")]
    [InlineData("""{"keys":["a"]}""", "?wait=5", "wait must be a number with a unit, such as 500ms, 5s or 2m; it is '5'.")]
    [InlineData("""{"keyz":["a"]}""", "", "The body can't be read at $.keyz, line 1")]
    [InlineData("""{"keys":["a"],"keys":["b"]}""", "", "The body can't be read at $.keys, line 1")]
    [InlineData("""{"keys":"a"}""", "", "The body can't be read at $.keys, line 1")]
    [InlineData("""{"keys":["a"]""", "", "The body can't be read at $, line 1")]
    [InlineData("""{"keys":["a"]}""", "?wait=NaNs", "wait must be a number with a unit, such as 500ms, 5s or 2m; it is 'NaNs'.")]
    [InlineData(
        """{"keys":["a"]}""", "?wait=1s&wait=2s", "wait must be a number with a unit, such as 500ms, 5s or 2m; it is '1s,2s'.")]
    [InlineData("""{"keys":["\ud800"]}""", "", "The body can't be read at $.keys[0], line 1")]
    [InlineData("""{"prefix":"product:*"}""", "", "prefix: 'product:*' contains a pattern")]
    [InlineData("null", "", "The body is missing. Send one of these: ")]
    [InlineData("", "", "The body is missing. Send one of these: ")]
    public async Task An_invalid_request_is_refused_with_the_reason(string body, string query, string reason)
    {
        var answer = await invalidator.PurgeAsync(body, query);

        Assert.Equal((HttpStatusCode.BadRequest, "application/problem+json"), (answer.Status, answer.MediaType));
        Assert.StartsWith(reason, answer.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tags_generation_key_cannot_be_purged()
    {
        await invalidator.PurgeAsync("""{"tags":["Post"]}""");
        var generation = await world.RenewedAsync("Post");

        var answer = await invalidator.PurgeAsync("""{"keys":["post:1","lm:main:tag:Post"]}""");
        var next = await invalidator.PurgeAsync("""{"keys":["post:1"]}""");

        Assert.Equal((HttpStatusCode.BadRequest, "application/problem+json"), (answer.Status, answer.MediaType));
        Assert.StartsWith("keys[1]: 'lm:main:tag:Post' begins with 'lm:'", answer.Detail, StringComparison.Ordinal);
        await Eventually.Async(
            async () => (string?)await world.Region.StringGetAsync("lm:main:watermark"), shown => shown == next.Watermark);
        Assert.Equal(generation, await world.GenerationAsync("Post"));
    }

    [Fact]
    public async Task A_body_that_is_too_large_is_refused()
    {
        var answer = await invalidator.PurgeAsync($$"""{"keys":["{{new string('k', 8_000_000)}}"]}""");

        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, "application/problem+json"), (answer.Status, answer.MediaType));
        Assert.Equal("The body is larger than 8,000,000 bytes. Send several requests.", answer.Detail);
    }

    [Fact]
    public async Task A_body_that_is_not_declared_as_JSON_is_refused()
    {
        var answer = await invalidator.SendAsync(HttpMethod.Post, "/purges", new StringContent("""{"keys":["a"]}"""));

        Assert.Equal((HttpStatusCode.UnsupportedMediaType, "application/problem+json"), (answer.Status, answer.MediaType));
        Assert.Equal("Declare the body as Content-Type: application/json.", answer.Detail);
    }

    [Theory]
    [InlineData("GET", "/purge", HttpStatusCode.NotFound)]
    [InlineData("DELETE", "/purges", HttpStatusCode.MethodNotAllowed)]
    public async Task An_unknown_address_or_method_returns_problem_details(string method, string path, HttpStatusCode status)
    {
        var answer = await invalidator.SendAsync(new HttpMethod(method), path);

        Assert.Equal((status, "application/problem+json"), (answer.Status, answer.MediaType));
        Assert.EndsWith("/openapi/v1.json lists all addresses.", answer.Detail, StringComparison.Ordinal);
    }
}
