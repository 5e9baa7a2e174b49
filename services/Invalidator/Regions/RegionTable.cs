using LastMile.Events.Invalidator.Postgres;
using LastMile.Events.Messages;
using Npgsql;

namespace LastMile.Events.Invalidator.Regions;

/// <summary>The regions' state, shared by all Invalidators: <c>lastmile.region</c>. The database's clock decides on silence.</summary>
internal static class RegionTable
{
    private static readonly string Record = SqlFile.Read("record_regions");
    private static readonly string IsSilent = SqlFile.Read("is_silent");
    private static readonly string ReportSilent = SqlFile.Read("report_silent_region");
    private static readonly string ReportBack = SqlFile.Read("report_region_back");

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
}
