using System.Text;
using LastMile.Events.Invalidator.Changes;
using LastMile.Events.Invalidator.Postgres;
using Npgsql;
using NpgsqlTypes;

namespace LastMile.Events.Invalidator.Intake.Outbox;

/// <summary>Keeps rows that could not be interpreted, with the reason, for the operator.</summary>
internal static class Quarantine
{
    private static readonly string Sql = SqlFile.Read("quarantine");

    /// <summary>Returns the command that writes a row to <c>lastmile.outbox_quarantine</c>, in the transaction that claimed it.</summary>
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

    // Truncation inserts characters that some database encodings lack, and a reason that can't be written would block the row.
    private static string InAnyEncoding(string reason) => reason.Replace("…", "...", StringComparison.Ordinal).Replace('\ufffd', '?');
}
