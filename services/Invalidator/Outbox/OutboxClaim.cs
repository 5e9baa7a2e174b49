using System.Text;
using LastMile.Events.Invalidator.Purging;
using LastMile.Events.Messages;
using Microsoft.Extensions.Options;
using Npgsql;

namespace LastMile.Events.Invalidator.Outbox;

/// <summary>Takes rows from the outbox, in a transaction that it begins and the caller commits.</summary>
internal sealed class OutboxClaim(IOptions<InvalidatorOptions> options, Doorbell doorbell)
{
    // What the stream has not taken in this time, it does not take.
    private static readonly TimeSpan Young = TimeSpan.FromMilliseconds(100);
    private static readonly string Sql = SqlFile.Read("claim");

    /// <summary>Takes what there is, up to the limits of the options.</summary>
    public async Task<ClaimedRows> TakeAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var rows = new List<OutboxRow>();
        var (revision, entities) = (-1L, 0L);

        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new NpgsqlBatchCommand("begin"),
                // A crash of PostgreSQL may bring back rows that were purged already: they are purged again, which costs a miss.
                // It can't lose any. So the commit need not wait for the disk.
                new NpgsqlBatchCommand("set local synchronous_commit to off"),
                new NpgsqlBatchCommand(Sql)
                {
                    Parameters =
                    {
                        new() { Value = options.Value.ClaimRows },
                        new() { Value = (long)options.Value.ClaimEntities },
                        new() { Value = PurgeOrigins.TraceParentLength },
                        // One more than is kept, so that it shows where something is cut off.
                        new() { Value = Limits.ActorLength + 1 },
                        new() { Value = doorbell.Stream == StreamState.None ? TimeSpan.Zero : Young },
                        new() { Value = HeardRow.MostEntities },
                    },
                },
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(new OutboxRow(
                reader.GetInt64(0),
                reader.GetString(1),
                reader.GetString(2),
                reader.GetFieldValue<string[]>(3),
                Encoding.UTF8.GetBytes(reader.GetString(4)),
                reader.GetDateTime(5),
                await reader.IsDBNullAsync(6, cancellationToken) ? null : reader.GetString(6),
                await reader.IsDBNullAsync(7, cancellationToken) ? null : reader.GetString(7)));
            entities += reader.GetInt32(8);
            revision = reader.GetInt64(9);
        }

        return new ClaimedRows(rows, revision, rows.Count == options.Value.ClaimRows || entities >= options.Value.ClaimEntities);
    }
}
