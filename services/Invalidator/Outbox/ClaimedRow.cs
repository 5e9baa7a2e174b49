using System.Text;
using System.Text.Unicode;
using Npgsql;

namespace LastMile.Events.Invalidator.Outbox;

/// <summary>Reads an outbox row as <c>claim.sql</c> returns it: its texts as bytes, which need not be UTF-8.</summary>
internal static class ClaimedRow
{
    private const string Unreadable = "it holds bytes that are not UTF-8, which only a database of the encoding SQL_ASCII takes: write its texts in UTF-8";

    // Between the names of columns: no template holds it.
    private const char Separator = '\u001f';

    /// <summary>Reads the row that the reader is at. Bytes that are not UTF-8 are replaced, and the row says that it is unreadable.</summary>
    public static OutboxRow Read(NpgsqlDataReader reader)
    {
        var readable = true;
        var columns = Text(4) ?? "";
        var row = new OutboxRow(
            reader.GetInt64(0), Text(1)!, Text(3)!, columns.Length == 0 ? [] : columns.Split(Separator), Json(5), reader.GetDateTime(6), Text(7), Text(8), Text(2));
        return readable ? row : row with { Unreadable = Unreadable };

        string? Text(int column) => reader.IsDBNull(column) ? null : Encoding.UTF8.GetString(Bytes(column));

        byte[] Json(int column) => Bytes(column) is var bytes && Utf8.IsValid(bytes) ? bytes : Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(bytes));

        byte[] Bytes(int column)
        {
            var bytes = reader.GetFieldValue<byte[]>(column);
            readable &= Utf8.IsValid(bytes);
            return bytes;
        }
    }
}
