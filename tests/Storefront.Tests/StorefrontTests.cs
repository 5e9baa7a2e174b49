using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using LastMile.Events.Messages;
using LastMile.Events.Testing;
using Microsoft.EntityFrameworkCore;
using Xunit;
using Xunit.Sdk;
using Xunit.v3;

[assembly: AssemblyFixture(typeof(SharedServers))]
// Each test has its own database, servers and queues, and waits more than it computes.
[assembly: Parallelization(Mode = ParallelMode.All, MaxThreads = 4)]

namespace Storefront.Tests;

public sealed class StorefrontTests(SharedServers servers) : IAsyncLifetime
{
    private RunningStorefront storefront = null!;

    public async ValueTask InitializeAsync() => storefront = await RunningStorefront.StartAsync(servers);

    public ValueTask DisposeAsync() => storefront.DisposeAsync();

    [Fact]
    public async Task A_product_is_served_by_id_and_by_slug_from_the_database_and_then_from_the_cache()
    {
        foreach (var path in new[] { "/products/7", "/products/by-slug/product-7" })
        {
            var (first, missed) = await GetAsync(path);
            var (second, hit) = await GetAsync(path);

            Assert.Equal("""{"id":7,"slug":"product-7","name":"Product 7","price":3.59,"categoryId":8}""", first);
            Assert.Equal(first, second);
            Assert.Equal(("miss", "hit"), (missed, hit));
        }
    }

    [Fact]
    public async Task A_category_shows_its_products()
    {
        var (page, _) = await GetAsync("/categories/8/products");

        using var json = JsonDocument.Parse(page);
        Assert.Equal("Category 8", json.RootElement.GetProperty("name").GetString());
        Assert.Equal(
            [7, 27, 47, 67, 87],
            json.RootElement.GetProperty("products").EnumerateArray().Select(product => product.GetProperty("id").GetInt32()));
    }

    [Fact]
    public async Task A_change_is_captured_with_old_and_new_values_and_a_view_is_not_captured()
    {
        await storefront.DatabaseAsync(db => db.Database.ExecuteSqlAsync($"delete from lastmile.outbox", Cancel));

        var changed = await storefront.Http.PutAsJsonAsync(
            "/products/7", new { name = "Boot", price = 9.5, slug = "boot", categoryId = 8 }, Cancel);
        var viewed = await storefront.Http.PostAsync("/products/7/view", null, Cancel);

        Assert.Equal((HttpStatusCode.NoContent, HttpStatusCode.NoContent), (changed.StatusCode, viewed.StatusCode));
        Assert.Equal(
            1,
            await storefront.DatabaseAsync(
                db => db.Products.Where(product => product.Id == 7).Select(product => (int)product.Views).SingleAsync(Cancel)));
        var captured = await storefront.DatabaseAsync(
            db => db.Database.SqlQuery<string>($"select rows::text as \"Value\" from lastmile.outbox").ToListAsync(Cancel));
        var rows = JsonSerializer.Deserialize<string[][]>(Assert.Single(captured))!
            .Select(row => string.Join(',', row)).Order(StringComparer.Ordinal);
        Assert.Equal("7,boot,8 7,product-7,8", string.Join(' ', rows));
    }

    [Fact]
    public async Task A_deleted_product_is_gone()
    {
        var deleted = await storefront.Http.DeleteAsync("/products/7", Cancel);
        var again = await storefront.Http.DeleteAsync("/products/7", Cancel);

        Assert.Equal((HttpStatusCode.NoContent, HttpStatusCode.NotFound), (deleted.StatusCode, again.StatusCode));
    }

    [Theory]
    [InlineData("product-8", 1, 9.5, HttpStatusCode.Conflict)]
    [InlineData("product-7", 99, 9.5, HttpStatusCode.UnprocessableEntity)]
    [InlineData("No Slug", 1, 9.5, HttpStatusCode.BadRequest)]
    [InlineData("product-7", 1, -1, HttpStatusCode.BadRequest)]
    public async Task A_rejected_change_returns_a_problem_with_its_status(string slug, int categoryId, double price, HttpStatusCode status)
    {
        var refused = await storefront.Http.PutAsJsonAsync("/products/7", new { name = "Boot", price, slug, categoryId }, Cancel);

        Assert.Equal(status, refused.StatusCode);
        Assert.Equal("application/problem+json", refused.Content.Headers.ContentType?.MediaType);
    }

    [Theory]
    [InlineData("/products/4711")]
    [InlineData("/products/by-slug/none")]
    [InlineData("/categories/4711/products")]
    public async Task A_missing_product_or_category_returns_404(string path)
    {
        using var missing = await storefront.Http.GetAsync(path, Cancel);

        Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
        Assert.Equal("application/problem+json", missing.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task Reads_go_to_the_database_while_the_agent_reports_that_the_region_is_behind()
    {
        await GetAsync("/products/7");
        Assert.Equal("hit", (await GetAsync("/products/7")).Cache);

        await storefront.ForbidCacheAsync();
        await Eventually.Async(async () => (await GetAsync("/products/7")).Cache == "miss");

        await storefront.AllowCacheAsync();
        Assert.Equal("hit", (await GetAsync("/products/7")).Cache);
    }

    [Fact]
    public async Task Alerts_and_reports_of_silence_are_logged()
    {
        var episode = Guid.CreateVersion7();

        await storefront.DeliverAsync(new ReplicaLagDetected(
            episode, "syd", LagSeverity.Critical, 3, 1500, null, LinkState.Down, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch));
        await storefront.DeliverAsync(
            new ReplicaLagRecovered(episode, "syd", LagSeverity.Critical, 100, 50, 3, DateTimeOffset.UnixEpoch));
        await storefront.DeliverAsync(new RegionSilent("syd", DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch));
        await storefront.DeliverAsync(new RegionBack("syd", 5_000, DateTimeOffset.UnixEpoch));

        Assert.Contains(
            "Region syd is behind (Critical): 3 purge batches, the oldest 1500 ms late, link Down. See /status of its agent.",
            storefront.Warnings);
        Assert.Contains(
            "The agent of region syd has not reported since 00:00:00, so nothing proves that purges arrive there. "
                + "Check that it runs and reaches RabbitMQ.",
            storefront.Warnings);
    }

    [Fact]
    public async Task The_Storefront_is_live_and_ready()
    {
        Assert.Equal("Healthy", await storefront.Http.GetStringAsync("/health/live", Cancel));
        await Eventually.Async(async () => await storefront.Http.GetStringAsync("/health/ready", Cancel) == "Healthy");
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private async Task<(string Body, string Cache)> GetAsync(string path)
    {
        using var response = await storefront.Http.GetAsync(path, Cancel);
        return (await response.Content.ReadAsStringAsync(Cancel), response.Headers.GetValues("X-Cache").Single());
    }
}
