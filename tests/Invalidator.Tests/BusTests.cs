using System.Text.Json;
using LastMile.Events.Messages;
using LastMile.Events.Testing;
using Xunit;

namespace Invalidator.Tests;

public sealed class BusTests(PurgingInvalidator running) : IClassFixture<PurgingInvalidator>
{
    private readonly World world = running.World;
    private readonly BusProbe bus = running.Bus;

    [Fact]
    public async Task A_published_change_purges_the_names_from_the_rules_and_its_explicit_names()
    {
        await world.CacheAsync("product:1", "slug:old", "slug:new", "page:home");

        await bus.PublishAsync(new EntityChanged("Product")
        {
            Values = Product("1", "new"),
            PreviousValues = Product("1", "old"),
            Keys = ["page:home"],
            Tags = ["front"],
        });

        await world.GoneAsync("product:1", "slug:old", "slug:new", "page:home");
        await world.RenewedAsync("front");
        await world.RenewedAsync("category:9");
    }

    [Fact]
    public async Task Many_changes_in_one_message_are_purged()
    {
        string[] keys = [.. Enumerable.Range(1, 1_000).Select(n => $"many:{n}")];
        await world.CacheAsync(keys);

        await bus.PublishAsync(new EntitiesChanged([.. keys.Select(key => new EntityChanged("Page") { Keys = [key] })]));

        await world.GoneAsync(keys);
    }

    [Fact]
    public async Task Many_messages_at_once_are_purged()
    {
        string[] keys = [.. Enumerable.Range(1, 1_000).Select(n => $"flood:{n}")];
        await world.CacheAsync(keys);

        foreach (var key in keys)
            await bus.PublishAsync(new EntityChanged("Page") { Keys = [key] });

        await world.GoneAsync(keys);
    }

    [Fact]
    public async Task A_published_change_is_announced()
    {
        await bus.PublishAsync(new EntityChanged("Page") { Keys = ["announced"] });

        var announced = await bus.AnnouncedAsync(purge => purge.Keys.Contains("announced", StringComparer.Ordinal));

        Assert.True(await world.ScalarAsync<bool>(
            $"select keys @> '{{announced}}' from lastmile.purge_log where id = '{announced.BatchId}'"));
    }

    [Theory]
    [InlineData("""{"keys":["k"]}""", "names no entity. Set Entity")]
    [InlineData("""{"entity":" ","keys":["k"]}""", "names no entity. Set Entity")]
    [InlineData("""{"entity":"Page","keys":["a\u0007b"]}""", "'a\ufffdb' contains control characters")]
    [InlineData("""{"entity":"Page","keys":["lm:main:tag:Post"]}""", "'lm:main:tag:Post' begins with 'lm:', which is reserved")]
    [InlineData("""{"entity":"Page","keys":[null]}""", "a key or tag is empty")]
    [InlineData("""{"entity":"Unknown"}""", "no purge rule is known for the entity")]
    [InlineData("""{"entity":"Product","values":{"id":"1"}}""", "needs a value for 'slug'")]
    public async Task An_invalid_message_goes_to_the_error_queue_with_the_reason(string message, string reason)
    {
        await world.CacheAsync("beside");

        await bus.PublishAsync<EntityChanged>(JsonElement.Parse(message));
        await bus.PublishAsync(new EntityChanged("Page") { Keys = ["beside"] });

        await world.GoneAsync("beside");
        Assert.Contains(reason, await bus.NextErrorAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ten_thousand_keys_in_one_change_are_refused() =>
        await RefusedAsync(
            new EntityChanged("Page") { Keys = [.. Enumerable.Range(0, 10_000).Select(n => $"k{n}")] },
            "it carries 10000 keys and tags; at most 1000");

    [Fact]
    public async Task A_key_longer_than_a_kibibyte_is_refused() =>
        await RefusedAsync(new EntityChanged("Page") { Keys = [new string('é', 513)] }, "has 1026 bytes; a key or tag has at most 1024");

    [Fact]
    public async Task Bytes_that_are_not_a_message_go_to_the_error_queue_and_block_nothing()
    {
        await world.CacheAsync("after");

        await bus.SendRawAsync("this is not JSON {");
        await bus.PublishAsync(new EntityChanged("Page") { Keys = ["after"] });

        await world.GoneAsync("after");
        await bus.NextErrorAsync();
    }

    [Fact]
    public async Task The_status_shows_a_region_that_reports()
    {
        await bus.PublishAsync(
            new RegionReported("ams", "agent-1", "Replicated", "Converged", new(3, 17), new(3, 17), DateTimeOffset.UnixEpoch)
            {
                LagMilliseconds = 0.5,
            });

        var region = await Eventually.Async(
            async () => (await running.Invalidator.GetAsync("/status")).Body.GetProperty("regions").EnumerateArray()
                .Select(region => region.ToString()).FirstOrDefault(),
            shown => shown is not null);
        Assert.StartsWith(
            """{"name":"ams","verdict":"Converged","epoch":3,"sequence":17,"lagMs":0.5,"reportAgeMs":""",
            region,
            StringComparison.Ordinal);
    }

    private async Task RefusedAsync(EntityChanged change, string reason)
    {
        await bus.PublishAsync(change);

        Assert.Contains(reason, await bus.NextErrorAsync(), StringComparison.Ordinal);
    }

    private static Dictionary<string, string?> Product(string id, string slug) =>
        new(StringComparer.Ordinal) { ["id"] = id, ["slug"] = slug, ["category_id"] = "9" };
}
