using System.Text.Json;
using Npgsql;
using NpgsqlTypes;

namespace LastMile.Events.Invalidator.Purging;

/// <summary>Writes purge batches to <c>lastmile.purge_log</c>.</summary>
internal static class PurgeLog
{
    private static readonly string Append = SqlFile.Read("append_log");

    /// <summary>Appends batches, in the caller's transaction if it has one.</summary>
    public static async Task AppendAsync(NpgsqlConnection connection, IReadOnlyList<PurgeBatch> batches, CancellationToken cancellationToken)
    {
        if (batches.Count == 0)
            return;

        await using var commands = new NpgsqlBatch(connection);
        foreach (var batch in batches)
        {
            commands.BatchCommands.Add(new NpgsqlBatchCommand(Append)
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
            });
        }

        await commands.ExecuteNonQueryAsync(cancellationToken);
    }
}
