using System.Text;
using System.Text.Unicode;
using LastMile.Events.Invalidator.Changes;
using Npgsql;

namespace LastMile.Events.Invalidator.Intake.Outbox;

/// <summary>Reads an outbox row that <c>claim.sql</c> returned. Text arrives as bytes, which may not be valid UTF-8.</summary>
internal static class ClaimedRow
{
    private const string Unreadable =
        "it holds bytes that are not UTF-8, which only an SQL_ASCII database accepts: write its text in UTF-8";

    // Separates column names: no template can contain it.
    private const char Separator = '\u001f';

    /// <summary>Reads the reader's current row. Replaces bytes that are not UTF-8, and marks the row as unreadable.</summary>
    public static OutboxRow Read(NpgsqlDataReader reader)
    {
        var readable = true;
        var columns = Text(4) ?? "";
        string[] names = columns.Length == 0 ? [] : columns.Split(Separator);
        var row = new OutboxRow(reader.GetInt64(0), Text(1)!, Text(3)!, names, Json(5), reader.GetDateTime(6), Text(7), Text(8), Text(2));
        return readable ? row : row with { Unreadable = Unreadable };

        string? Text(int column) => reader.IsDBNull(column) ? null : Encoding.UTF8.GetString(Bytes(column));

        byte[] Json(int column) => Bytes(column) is var bytes && Utf8.IsValid(bytes)
            ? bytes
            : Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(bytes));

        byte[] Bytes(int column)
        {
            var bytes = reader.GetFieldValue<byte[]>(column);
            readable &= Utf8.IsValid(bytes);
            return bytes;
        }
    }
}
