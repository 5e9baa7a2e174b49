using System.Text;
using Npgsql.Replication.PgOutput.Messages;

namespace LastMile.Events.Invalidator.Outbox;

/// <summary>Reads an outbox row from the replication stream. The columns come in the order of the table.</summary>
internal static class StreamedRow
{
    /// <summary>The most entities of a row that goes this way; rows with more are the claim's, which takes many in less time.</summary>
    public const int MostEntities = 100;

    // Of one column. It bounds what waits in memory, whatever somebody wrote.
    private const int MostBytes = 16 * 1_024;

    /// <summary>Reads the row.</summary>
    /// <returns>Null when it is the claim's: large, or not as capture writes rows.</returns>
    public static async ValueTask<OutboxRow?> ReadAsync(InsertMessage insert, CancellationToken cancellationToken)
    {
        // The rest of a row that is not read to its end is skipped with the next message.
        await using var values = insert.NewRow.GetAsyncEnumerator(cancellationToken);
        try
        {
            var id = await NextAsync<long>();
            var entity = await NextAsync<string>();
            var relation = await NextAsync<string>();
            var kind = await NextAsync<string>();
            var columns = await NextAsync<string[]>();
            var rows = await NextAsync<string>();
            if (await NextAsync<int>() > MostEntities)
                return null;
            var createdAt = await NextAsync<DateTime>();
            return new OutboxRow(id, entity!, kind!, columns!, Encoding.UTF8.GetBytes(rows!), createdAt, await NextAsync<string>(), await NextAsync<string>(), relation);
        }
        catch (Exception unreadable) when (unreadable is InvalidCastException or InvalidOperationException or OverflowException)
        {
            return null;
        }

        async ValueTask<T?> NextAsync<T>()
        {
            await values.MoveNextAsync();
            var value = values.Current;
            if (value.Length > MostBytes)
                throw new InvalidOperationException("longer than what capture writes");
            return value.IsDBNull ? default : await value.Get<T>(cancellationToken);
        }
    }
}
