using System.Text;
using Npgsql;
using NpgsqlTypes;

namespace LastMile.Events.Invalidator.Outbox;

/// <summary>Keeps the rows that could not be understood, with the reason, for a person to look at.</summary>
internal static class Quarantine
{
    private static readonly string Sql = SqlFile.Read("quarantine");

    /// <summary>Writes a row to <c>lastmile.outbox_quarantine</c>: in the transaction that took it from the outbox.</summary>
    public static NpgsqlBatchCommand Keep(OutboxRow row, string reason) => new(Sql)
    {
        Parameters =
        {
            new() { Value = row.Id },
            new() { Value = row.Entity },
            new() { Value = row.Kind },
            new() { Value = row.Columns },
            new() { Value = Encoding.UTF8.GetString(row.Rows), NpgsqlDbType = NpgsqlDbType.Json },
            new() { Value = row.CreatedAt },
            new() { Value = InAnyEncoding(reason) },
            new() { Value = (object?)row.Relation ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text },
        },
    };

    // What an excerpt puts in: not every encoding of a database has these characters, and a reason that can't be written would block the row.
    private static string InAnyEncoding(string reason) => reason.Replace("…", "...", StringComparison.Ordinal).Replace('\ufffd', '?');
}
