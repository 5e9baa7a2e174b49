using LastMile.Events.Invalidator.Changes;
using LastMile.Events.Redis;
using Npgsql;

namespace LastMile.Events.Invalidator.Purging;

/// <summary>The log rows of purge batches, which commit together with the intake's own work. The log assigns missing sequences.</summary>
/// <param name="batches">The batches.</param>
internal sealed class LogAppends(IReadOnlyList<PurgeBatch> batches)
{
    private readonly Dictionary<Guid, Watermark> logged = [];

    /// <summary>The batches with the watermarks under which they were logged.</summary>
    public IReadOnlyList<PurgeBatch> Logged => [.. batches.Select(batch => batch with { Watermark = logged[batch.Id] })];

    /// <summary>
    /// Adds a command, unless the log assigns sequences: the commit need not wait for the disk. A crash of PostgreSQL may restore purged
    /// rows, which costs only a second purge. A region that applied a purge that the log has lost would count as ahead of a restored copy.
    /// </summary>
    public void AddAsynchronousCommitTo(NpgsqlBatch commands)
    {
        if (batches.All(batch => batch.Watermark.Sequence > 0))
            commands.BatchCommands.Add(new NpgsqlBatchCommand("set local synchronous_commit to off"));
    }

    /// <summary>Adds the commands that append the batches.</summary>
    public void AddTo(NpgsqlBatch commands)
    {
        foreach (var batch in batches)
            commands.BatchCommands.Add(PurgeLog.Append(batch));
    }

    /// <summary>Executes commands, which include those of <see cref="AddTo"/>, and reads the watermarks.</summary>
    public async Task ExecuteAsync(NpgsqlBatch commands, CancellationToken cancellationToken)
    {
        await using var reader = await commands.ExecuteReaderAsync(cancellationToken);
        do
        {
            // Other commands may return rows too.
            if (reader.FieldCount == 0 || reader.GetName(0) != PurgeLog.Appended)
                continue;
            while (await reader.ReadAsync(cancellationToken))
                logged[reader.GetGuid(0)] = new Watermark(reader.GetInt64(1), reader.GetInt64(2));
        }
        while (await reader.NextResultAsync(cancellationToken));
    }
}
