using LastMile.Events.Invalidator.Purging;
using LastMile.Events.Messages;
using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;

namespace LastMile.Events.Invalidator.Outbox;

/// <summary>Takes rows from the outbox, in a transaction that it begins and the caller commits.</summary>
internal sealed class OutboxClaim(IOptions<InvalidatorOptions> options, Doorbell doorbell)
{
    /// <summary>How old a row must be where there is a stream: what that has not taken in this time, it does not take.</summary>
    public static readonly TimeSpan Young = TimeSpan.FromMilliseconds(100);

    // Of the rows of one claim; a single one may have as many. Capture writes up to a thousand entities into one.
    private const long MostBytes = 16 * 1_024 * 1_024;

    // Of an entity's name, or a kind.
    private const int MostCharacters = 1_100;

    // Of the names of the columns, as they are stored.
    private const int MostColumnBytes = 64 * 1_024;

    private static readonly string Sql = SqlFile.Read("claim");

    /// <summary>Takes what there is, up to the limits of the options.</summary>
    public async Task<ClaimedRows> TakeAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var rows = new List<OutboxRow>();
        var (revision, entities, bytes) = (Guid.Empty, 0L, 0L);

        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                BoundTransaction.Begin,
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
                        new() { Value = StreamedRow.MostEntities },
                        new() { Value = MostBytes },
                        new() { Value = MostCharacters },
                        new() { Value = MostColumnBytes },
                        new() { Value = EncodingOf(connection), NpgsqlDbType = NpgsqlDbType.Name },
                    },
                },
                BoundTransaction.Bound,
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(ClaimedRow.Read(reader));
            entities += reader.GetInt32(9);
            bytes += reader.GetInt32(10);
            revision = reader.GetGuid(11);
        }

        return new ClaimedRows(rows, revision, rows.Count == options.Value.ClaimRows || entities >= options.Value.ClaimEntities || bytes >= MostBytes);
    }

    // A server of SQL_ASCII converts nothing, and would refuse to.
    private static string EncodingOf(NpgsqlConnection connection) =>
        connection.PostgresParameters.TryGetValue("server_encoding", out var encoding) && encoding == "SQL_ASCII" ? encoding : "UTF8";
}
