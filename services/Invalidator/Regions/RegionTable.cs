using LastMile.Events.Invalidator.Postgres;
using LastMile.Events.Messages;
using LastMile.Events.Redis;
using Npgsql;

namespace LastMile.Events.Invalidator.Regions;

/// <summary>
/// The regions' state, shared by all Invalidators: every statement on <c>lastmile.region</c>. The database's clock decides on silence.
/// </summary>
internal static class RegionTable
{
    private static readonly string Known = SqlFile.Read("known_regions");
    private static readonly string Forget = SqlFile.Read("forget_region");
    private static readonly string Record = SqlFile.Read("record_regions");
    private static readonly string IsSilent = SqlFile.Read("is_silent");
    private static readonly string ReportSilent = SqlFile.Read("report_silent_region");
    private static readonly string ReportBack = SqlFile.Read("report_region_back");

    /// <summary>Reads all rows.</summary>
    public static Task<List<RegionRow>> ReadRowsAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        ReadAsync(connection, Known, [], ReadRow, cancellationToken);

    /// <summary>Deletes the row of a region.</summary>
    /// <returns>Whether it existed.</returns>
    public static async Task<bool> DeleteAsync(NpgsqlConnection connection, string region, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(Forget, connection) { Parameters = { new() { Value = region } } };
        return await command.ExecuteNonQueryAsync(cancellationToken) > 0;
    }

    /// <summary>Records reports, at least one.</summary>
    /// <returns>The regions among them that had been reported as silent.</returns>
    public static Task<List<string>> RecordAsync(
        NpgsqlConnection connection, IReadOnlyCollection<RegionReported> reports, CancellationToken cancellationToken)
    {
        object[] columns =
        [
            reports.Select(report => report.Region).ToArray(),
            reports.Select(report => report.Topology).ToArray(),
            reports.Select(report => report.Verdict).ToArray(),
            reports.Select(report => report.Shown?.Epoch ?? 0).ToArray(),
            reports.Select(report => report.Shown?.Sequence ?? 0).ToArray(),
            reports.Select(report => report.Applied?.Epoch ?? 0).ToArray(),
            reports.Select(report => report.Applied?.Sequence ?? 0).ToArray(),
        ];
        return ReadAsync(connection, Record, columns, reader => reader.GetString(0), cancellationToken);
    }

    /// <summary>Returns whether any region is silent and has not been reported as silent.</summary>
    public static async Task<bool> IsAnySilentAsync(NpgsqlConnection connection, TimeSpan after, CancellationToken cancellationToken) =>
        (await ReadAsync(connection, IsSilent, [after], reader => reader.GetBoolean(0), cancellationToken))[0];

    /// <summary>
    /// Marks the regions that are silent and have not been reported as silent, and returns them. Their rows stay locked until the caller's
    /// transaction ends; other Invalidators skip them.
    /// </summary>
    public static Task<List<(string Region, DateTimeOffset Since)>> MarkSilentAsync(
        NpgsqlConnection connection, TimeSpan after, CancellationToken cancellationToken) =>
        ReadAsync(
            connection, ReportSilent, [after], reader => (reader.GetString(0), reader.GetFieldValue<DateTimeOffset>(1)), cancellationToken);

    /// <summary>Unmarks the given regions that were reported as silent, and returns them. Locks their rows in the same way.</summary>
    public static Task<List<(string Region, TimeSpan Silent)>> MarkBackAsync(
        NpgsqlConnection connection, List<string> regions, CancellationToken cancellationToken) =>
        ReadAsync(connection, ReportBack, [regions], reader => (reader.GetString(0), reader.GetTimeSpan(1)), cancellationToken);

    private static async Task<List<T>> ReadAsync<T>(
        NpgsqlConnection connection, string sql, object[] parameters, Func<NpgsqlDataReader, T> row, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var value in parameters)
            command.Parameters.Add(new() { Value = value });

        var rows = new List<T>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            rows.Add(row(reader));
        return rows;
    }

    private static RegionRow ReadRow(NpgsqlDataReader reader) => new(
        reader.GetString(0),
        reader.GetString(1),
        reader.GetString(2),
        new(WatermarkOf(reader.GetInt64(3), reader.GetInt64(4)), WatermarkOf(reader.GetInt64(5), reader.GetInt64(6))),
        reader.GetDouble(7));

    private static Watermark WatermarkOf(long epoch, long sequence) => epoch < 1 ? default : new Watermark(epoch, sequence);
}

/// <summary>A region's row: the newest report that any Invalidator recorded.</summary>
/// <param name="Name">The region's name.</param>
/// <param name="Topology">The topology that its agent reported.</param>
/// <param name="Verdict">The verdict that its agent reported.</param>
/// <param name="Position">How far purges had arrived.</param>
/// <param name="ReportAgeMs">The age of the report in milliseconds, by the database's clock.</param>
internal sealed record RegionRow(string Name, string Topology, string Verdict, RegionPosition Position, double ReportAgeMs);
