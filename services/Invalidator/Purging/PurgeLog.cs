using System.Text.Json;
using LastMile.Events.Invalidator.Changes;
using LastMile.Events.Invalidator.Postgres;
using LastMile.Events.Messages;
using Npgsql;
using NpgsqlTypes;

namespace LastMile.Events.Invalidator.Purging;

/// <summary>Writes purge batches to <c>lastmile.purge_log</c> and reads them.</summary>
internal static class PurgeLog
{
    /// <summary>The SQLSTATE with which the log rejects a purge of an ended epoch.</summary>
    public const string EpochEnded = "LM001";

    /// <summary>The first column that <see cref="Append"/> returns; the epoch and the sequence follow.</summary>
    public const string Appended = "appended";

    private static readonly string Sql = SqlFile.Read("append_log");

    /// <summary>Returns the command that appends a batch. The log assigns the sequence if the batch has none.</summary>
    public static NpgsqlBatchCommand Append(PurgeBatch batch) => new(Sql)
    {
        Parameters =
        {
            new() { Value = batch.Id },
            new() { Value = batch.Watermark.Epoch },
            new() { Value = batch.Watermark.Sequence is > 0 and var given ? given : DBNull.Value, NpgsqlDbType = NpgsqlDbType.Bigint },
            new() { Value = batch.Keys },
            new() { Value = batch.Tags },
            new() { Value = batch.AppliedAt },
            new() { Value = JsonSerializer.Serialize(batch.Origins, JsonSerializerOptions.Web), NpgsqlDbType = NpgsqlDbType.Jsonb },
            new() { Value = (object?)batch.Prefix ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text },
            new() { Value = batch.Everything },
            new() { Value = (object?)batch.DoubleDeleteAfter ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Interval },
        },
    };

    /// <summary>
    /// Reads batches. The query returns the columns of the log in the order of <see cref="Append"/>, up to <c>everything</c>.
    /// </summary>
    public static async Task<List<PurgeBatch>> ReadAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        var batches = new List<PurgeBatch>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            batches.Add(new PurgeBatch(
                reader.GetGuid(0),
                new(reader.GetInt64(1), reader.GetInt64(2)),
                reader.GetFieldValue<string[]>(3),
                reader.GetFieldValue<string[]>(4),
                reader.GetFieldValue<DateTimeOffset>(5),
                JsonSerializer.Deserialize<ChangeOrigin[]>(reader.GetString(6), JsonSerializerOptions.Web) ?? [])
            {
                Prefix = await reader.IsDBNullAsync(7, cancellationToken) ? null : reader.GetString(7),
                Everything = reader.GetBoolean(8),
            });
        }

        return batches;
    }
}
