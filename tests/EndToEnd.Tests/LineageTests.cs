using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using LastMile.Events.Fabric;
using LastMile.Events.Messages;
using LastMile.Events.Testing;
using Npgsql;
using Xunit;

namespace LastMile.Events.EndToEnd.Tests;

/// <summary>The tests of two databases on one fabric.</summary>
[CollectionDefinition]
public sealed class LineageSystemTests : ICollectionFixture<TwoLineages>;

/// <summary>A system with two databases, whose lineages are <c>main</c> and <c>orders</c>.</summary>
public sealed class TwoLineages : RunningSystem
{
    /// <inheritdoc/>
    protected override FabricOptions Options => new()
    {
        Regions = ["ams", "gru"],
        Independent = ["gru"],
        Lineages = ["main", "orders"],
        Shared = ServerAddresses.FromEnvironment(),
    };
}

/// <summary>Two databases share one broker, one virtual host, one primary and their regions, and do not mix.</summary>
[Collection<LineageSystemTests>]
public sealed class LineageTests(TwoLineages system)
{
    private static readonly HttpClient Http = new();

    private OtherLineage Orders => system.System.OtherLineages["orders"];

    [Fact]
    public async Task Purges_of_both_databases_arrive_and_both_verdicts_are_healthy()
    {
        var (ids, keys) = system.TakeKeys(40);
        await system.FillAsync(keys);

        await system.ChangeAsync(ids[..20]);
        await ChangeOrdersAsync(ids[20..]);

        await system.GoneAsync(keys);
        await AreHealthyAsync();
    }

    [Fact]
    public async Task A_receipt_names_only_arrivals_of_its_own_lineage()
    {
        await AreHealthyAsync();
        var region = system.Regions[0];
        await region.Redis.PauseAsync();
        try
        {
            foreach (var invalidator in new[] { system.System.Invalidator, Orders.Invalidator })
            {
                using var answer = await PurgeAsync(invalidator, new { keys = new[] { "receipt:late" } }, "2s");
                Assert.Equal(HttpStatusCode.GatewayTimeout, answer.StatusCode);
                var problem = await answer.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
                Assert.Equal([region.Name], problem.GetProperty("pending").EnumerateArray().Select(name => name.GetString()));
            }
        }
        finally
        {
            await region.Redis.ResumeAsync();
        }

        await AreHealthyAsync();
    }

    [Fact]
    public async Task Each_lineage_of_a_region_that_is_cut_off_raises_its_own_alert()
    {
        await AreHealthyAsync();
        var region = system.Regions[0];
        var before = system.Alerts.Of(region.Name).Count;

        region.Link.Cut();
        try
        {
            await Eventually.Async(() => Raised<ReplicaLagDetected>(alert => alert.Lineage).IsSupersetOf(["main", "orders"]));
        }
        finally
        {
            region.Link.Mend();
        }

        await Eventually.Async(() => Raised<ReplicaLagRecovered>(alert => alert.Lineage).IsSupersetOf(["main", "orders"]));
        await AreHealthyAsync();

        HashSet<string> Raised<T>(Func<T, string> lineage) =>
            [.. system.Alerts.Of(region.Name).Skip(before).OfType<T>().Select(lineage)];
    }

    [Fact]
    public async Task A_purge_of_everything_by_one_lineage_leaves_the_place_of_the_other()
    {
        var (ids, keys) = system.TakeKeys(1);
        using (var first = await PurgeAsync(Orders.Invalidator, new { keys = new[] { "any" } }, "10s"))
            Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        var place = await PlaceAsync();

        using (var all = await PurgeAsync(system.System.Invalidator, new { all = true }, "10s"))
            Assert.Equal(HttpStatusCode.OK, all.StatusCode);

        Assert.Equal(place, await PlaceAsync());
        await system.FillAsync(keys);
        await ChangeOrdersAsync(ids);
        await system.GoneAsync(keys);
        Assert.Equal(place.Epoch, (await PlaceAsync()).Epoch);
        await AreHealthyAsync();
    }

    [Fact]
    public async Task An_idle_lineage_costs_a_regions_Redis_at_most_three_scripts_a_second()
    {
        await AreHealthyAsync();
        var time = TimeSpan.FromSeconds(6);
        foreach (var region in system.Regions)
        {
            var before = await ScriptsAsync(region);
            await Task.Delay(time, TestContext.Current.CancellationToken);
            var each = (await ScriptsAsync(region) - before) / time.TotalSeconds / 2;

            TestContext.Current.TestOutputHelper!.WriteLine($"{region.Name}: {each:0.0} scripts a second for each lineage");
            Assert.InRange(each, 0, 3);
        }
    }

    private static async Task<long> ScriptsAsync(RunningRegion region)
    {
        var stats = await RedisSession.ExecuteAsAdministratorAsync(region.Region.Redis, "INFO commandstats");
        var line = stats.Split('\n').Single(text => text.StartsWith("cmdstat_evalsha:", StringComparison.Ordinal));
        return long.Parse(line.Split("calls=")[1].Split(',')[0], CultureInfo.InvariantCulture);
    }

    private async Task<LastMile.Events.Redis.Watermark> PlaceAsync() =>
        LastMile.Events.Redis.Watermark.TryParse(await system.Primary.GetDatabase().StringGetAsync("lm:orders:watermark"), out var place)
            ? place
            : default;

    private async Task ChangeOrdersAsync(int[] ids)
    {
        await using var database = NpgsqlDataSource.Create(Orders.Database.ConnectionString);
        foreach (var id in ids)
        {
            await using var command = database.CreateCommand("update products set name = name || '!' where id = $1");
            command.Parameters.Add(new() { Value = id });
            Assert.Equal(1, await command.ExecuteNonQueryAsync());
        }
    }

    // An open episode of either lineage, or a verdict other than Converged, would show messages of the other one.
    private async Task AreHealthyAsync()
    {
        foreach (var agent in system.System.Agents.Values)
        {
            await Eventually.Async(
                async () => JsonElement.Parse(await Http.GetStringAsync(new Uri(agent.Address, "status"))).GetProperty("lineages")
                    .EnumerateArray().Select(lineage => $"{lineage.GetProperty("lineage")} {lineage.GetProperty("verdict")} "
                        + $"{lineage.GetProperty("severity")} {lineage.GetProperty("behindBatches")}").ToArray(),
                lineages => lineages is ["main Converged  0", "orders Converged  0"],
                sought: $"both lineages of {agent.Name} are healthy");
        }
    }

    private static Task<HttpResponseMessage> PurgeAsync(Service invalidator, object body, string wait) => Http.PostAsJsonAsync(
        new Uri(invalidator.Address, $"purges?wait={wait}"), body, TestContext.Current.CancellationToken);
}
