using LastMile.Events.Hosting;
using LastMile.Events.Invalidator.Changes;
using LastMile.Events.Invalidator.Configuration;
using LastMile.Events.Invalidator.Postgres;
using LastMile.Events.Messages;
using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;

namespace LastMile.Events.Invalidator.Intake.Outbox;

/// <summary>Claims rows from the outbox, in a transaction that it begins and the caller commits.</summary>
internal sealed class OutboxClaim(
    IOptions<InvalidatorOptions> options, Doorbell doorbell, [FromKeyedServices(Servers.Postgres)] Dependency postgres)
{
    /// <summary>The minimum age of a row while a stream is open, here or in another Invalidator: the stream handles younger rows.</summary>
    public static readonly TimeSpan MinAge = TimeSpan.FromMilliseconds(100);

    // The limit for the rows of one claim. A single row may reach it: capture writes up to a thousand entities into one.
    private const long MaxBytes = 16 * 1_024 * 1_024;

    // The limit for an entity's name, a relation or a kind.
    private const int MaxCharacters = 1_100;

    // The limit for the column names, as stored.
    private const int MaxColumnBytes = 64 * 1_024;

    private static readonly string Sql = SqlFile.Read("claim");

    /// <summary>Claims available rows, up to the configured limits.</summary>
    public async Task<ClaimedRows> TakeAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var rows = new List<OutboxRow>();
        var (revision, entities, bytes) = (Guid.Empty, 0L, 0L);

        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                BoundTransaction.Begin,
                new NpgsqlBatchCommand(Sql)
                {
                    Parameters =
                    {
                        new() { Value = options.Value.ClaimRows },
                        new() { Value = (long)options.Value.ClaimEntities },
                        new() { Value = PurgeOrigins.TraceParentLength },
                        // One character more than is kept, so that a cut is detected.
                        new() { Value = Limits.ActorLength + 1 },
                        new() { Value = doorbell.Stream == StreamState.None ? TimeSpan.Zero : MinAge },
                        new() { Value = StreamedRow.MaxEntities },
                        new() { Value = MaxBytes },
                        new() { Value = MaxCharacters },
                        new() { Value = MaxColumnBytes },
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

        postgres.Answered();
        var isFull = rows.Count == options.Value.ClaimRows || entities >= options.Value.ClaimEntities || bytes >= MaxBytes;
        return new ClaimedRows(rows, revision, isFull);
    }

    // An SQL_ASCII server does not convert text, and would reject a conversion.
    private static string EncodingOf(NpgsqlConnection connection) =>
        connection.PostgresParameters.TryGetValue("server_encoding", out var encoding) && encoding == "SQL_ASCII" ? encoding : "UTF8";
}
