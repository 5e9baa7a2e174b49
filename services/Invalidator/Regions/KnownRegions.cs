using LastMile.Events.Invalidator.Configuration;
using LastMile.Events.Redis;
using Microsoft.Extensions.Options;
using Npgsql;

namespace LastMile.Events.Invalidator.Regions;

/// <summary>All regions that have ever reported to any Invalidator and have not been forgotten.</summary>
internal sealed class KnownRegions(
    NpgsqlDataSource dataSource, RegionReports reports, IOptions<InvalidatorOptions> options, TimeProvider time)
{
    // A region that reports gets its row within a second. One without a row that stops reporting was forgotten, perhaps at another
    // Invalidator.
    private static readonly TimeSpan LongestWithoutRow = TimeSpan.FromSeconds(10);

    /// <summary>Reads the regions' rows.</summary>
    /// <exception cref="NpgsqlException">PostgreSQL did not answer.</exception>
    public async Task<IReadOnlyList<RegionRow>> ReadRowsAsync(CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        return await RegionTable.ReadRowsAsync(connection, cancellationToken);
    }

    /// <summary>Combines the regions' rows with their reports to this process. Ordered by name.</summary>
    public IReadOnlyList<KnownRegion> With(IReadOnlyList<RegionRow> rows)
    {
        var byName = rows.ToDictionary(row => row.Name, StringComparer.Ordinal);
        return [.. byName.Keys.Union(reports.Names, StringComparer.Ordinal).Order(StringComparer.Ordinal)
            .Select(name => new KnownRegion(name, reports.Find(name), byName.GetValueOrDefault(name)))
            .Where(region => region.Row is not null || region.Progress?.ReportAge < LongestWithoutRow)];
    }

    /// <summary>Returns the state of each region, ordered by name.</summary>
    /// <exception cref="NpgsqlException">PostgreSQL did not answer.</exception>
    public async Task<IReadOnlyList<RegionView>> ViewAsync(CancellationToken cancellationToken)
    {
        var rows = await ReadRowsAsync(cancellationToken);
        return [.. With(rows).Select(region => region.View(options.Value.SilentAfter, time.GetUtcNow()))];
    }

    /// <summary>Reads the watermark up to which every purge, except those by prefix, has arrived in every region.</summary>
    /// <returns>The watermark; <c>default</c> when no region is known, or when a region has no purge.</returns>
    /// <exception cref="NpgsqlException">PostgreSQL did not answer.</exception>
    public async Task<Watermark> ReadAppliedByAllAsync(CancellationToken cancellationToken)
    {
        var known = With(await ReadRowsAsync(cancellationToken));
        return known.Count == 0 ? default : known.Min(region => region.Position.Arrived);
    }

    /// <summary>Forgets a region that was taken down.</summary>
    /// <returns>Whether the region was known.</returns>
    /// <exception cref="NpgsqlException">PostgreSQL did not answer.</exception>
    public async Task<bool> ForgetAsync(string name, CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        var deleted = await RegionTable.DeleteAsync(connection, name, cancellationToken);
        return reports.Forget(name) || deleted;
    }
}
