using System.Text.Json;
using Npgsql;
using NpgsqlTypes;

namespace LastMile.Events.Invalidator.Purging;

/// <summary>Writes purge batches to <c>lastmile.purge_log</c>.</summary>
internal static class PurgeLog
{
    private static readonly string Sql = SqlFile.Read("append_log");

    /// <summary>Appends a batch.</summary>
    public static NpgsqlBatchCommand Append(PurgeBatch batch) => new(Sql)
    {
        Parameters =
        {
            new() { Value = batch.Id },
            new() { Value = batch.Watermark.Epoch },
            new() { Value = batch.Watermark.Sequence },
            new() { Value = batch.Keys },
            new() { Value = batch.Tags },
            new() { Value = batch.AppliedAt },
            new() { Value = JsonSerializer.Serialize(batch.Origins, JsonSerializerOptions.Web), NpgsqlDbType = NpgsqlDbType.Jsonb },
        },
    };
}
