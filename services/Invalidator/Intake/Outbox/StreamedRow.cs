using System.Text;
using LastMile.Events.Invalidator.Changes;
using Npgsql.Replication.PgOutput.Messages;

namespace LastMile.Events.Invalidator.Intake.Outbox;

/// <summary>Reads an outbox row from the replication stream, which sends the columns in the table's order.</summary>
internal static class StreamedRow
{
    /// <summary>The maximum number of entities of a streamed row. The claim takes larger rows; it is faster with many entities.</summary>
    public const int MaxEntities = 100;

    // The limit for one column. Bounds the memory of waiting rows, even of rows that capture did not write.
    private const int MaxBytes = 16 * 1_024;

    /// <summary>Reads the row.</summary>
    /// <returns>The row; null to leave it to the claim, because it is large or not in capture's format.</returns>
    public static async ValueTask<OutboxRow?> ReadAsync(InsertMessage insert, CancellationToken cancellationToken)
    {
        // The next message skips the unread rest of a row.
        await using var values = insert.NewRow.GetAsyncEnumerator(cancellationToken);
        try
        {
            var id = await NextAsync<long>();
            var entity = await NextAsync<string>();
            var relation = await NextAsync<string>();
            var kind = await NextAsync<string>();
            var columns = await NextAsync<string[]>();
            var rows = await NextAsync<string>();
            if (await NextAsync<int>() > MaxEntities)
                return null;
            var createdAt = await NextAsync<DateTime>();
            var traceParent = await NextAsync<string>();
            var actor = await NextAsync<string>();
            return new OutboxRow(id, entity!, kind!, columns!, Encoding.UTF8.GetBytes(rows!), createdAt, traceParent, actor, relation);
        }
        catch (Exception unreadable) when (unreadable is InvalidCastException or InvalidOperationException or OverflowException)
        {
            return null;
        }

        async ValueTask<T?> NextAsync<T>()
        {
            await values.MoveNextAsync();
            var value = values.Current;
            if (value.Length > MaxBytes)
                throw new InvalidOperationException("longer than any value that capture writes");
            return value.IsDBNull ? default : await value.Get<T>(cancellationToken);
        }
    }
}
