using System.Text.Json;
using LastMile.Events.Fabric;
using LastMile.Events.Redis;
using Npgsql;

namespace LastMile.Events.Cli.Demo;

/// <summary>
/// Compares cached products with the database. It reads both directly, and shares only the cache entry format with the code under test.
/// </summary>
internal sealed class StaleCheck
{
    private static readonly HttpClient Http = new();
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    private readonly Dictionary<int, CachedProduct> truth = [];

    private StaleCheck()
    {
    }

    public static async Task<StaleCheck> ReadDatabaseAsync(string database, CancellationToken cancellationToken)
    {
        var check = new StaleCheck();
        await using var dataSource = NpgsqlDataSource.Create(database);
        await using var command = dataSource.CreateCommand("select id, slug, name, price, category_id from products");
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var product = new CachedProduct(
                reader.GetInt32(0), reader.GetString(1), reader.GetString(2), reader.GetDecimal(3), reader.GetInt32(4));
            check.truth[product.Id] = product;
        }

        return check;
    }

    /// <summary>
    /// Whether the outbox is empty, every region shows the newest purge of the log, and every agent reports its region as converged.
    /// </summary>
    public static async Task<bool> IsQuietAsync(
        LastMileSystem system, IEnumerable<KeyDeletionWatch> watches, CancellationToken cancellationToken)
    {
        await using var dataSource = NpgsqlDataSource.Create(system.Database.ConnectionString);
        await using var command = dataSource.CreateCommand(
            """
            select epoch, sequence from lastmile.purge_log
            where not exists (select from lastmile.outbox)
            order by epoch desc, sequence desc limit 1
            """);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken))
            return false;
        var watermark = new Watermark(reader.GetInt64(0), reader.GetInt64(1));
        foreach (var watch in watches)
        {
            if (!await watch.ShowsAsync(watermark)
                || !await IsConvergedAsync(system.Agents[watch.Region.Name], cancellationToken))
            {
                return false;
            }
        }

        return true;
    }

    private static async Task<bool> IsConvergedAsync(Service agent, CancellationToken cancellationToken)
    {
        var status = JsonElement.Parse(await Http.GetStringAsync(new Uri(agent.Address, "status"), cancellationToken));
        return status.GetProperty("verdict").GetString() == "Converged";
    }

    /// <summary>Checks every cached product of a region.</summary>
    /// <returns>The number of entries, and the number that differ from the database.</returns>
    public async Task<(int Keys, int Stale)> CheckAsync(KeyDeletionWatch region, CancellationToken cancellationToken)
    {
        var (keys, stale) = (0, 0);
        await foreach (var (key, content) in region.ReadAsync("product:").WithCancellation(cancellationToken))
        {
            // The key was deleted after the scan, or a reader is filling it.
            if (content is null || CachedEntry.Parse(content) is not { } entry)
                continue;

            keys++;
            if (!IsTrue(key, JsonSerializer.Deserialize<CachedProduct>(entry.Body, Json)!))
                stale++;
        }

        return (keys, stale);
    }

    private bool IsTrue(string key, CachedProduct cached) =>
        truth.TryGetValue(cached.Id, out var product)
        && product == cached
        && (key == $"product:{product.Id}" || key == $"product:slug:{product.Slug}");

    private sealed record CachedProduct(int Id, string Slug, string Name, decimal Price, int CategoryId);
}
