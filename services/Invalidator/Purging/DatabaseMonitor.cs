using LastMile.Events.Invalidator.Postgres;
using LastMile.Events.Redis;
using Npgsql;

namespace LastMile.Events.Invalidator.Purging;

/// <summary>
/// Reads the newest committed watermark from the database, and opens an epoch when the server's run has changed. The relay reports whether
/// PostgreSQL answers.
/// </summary>
internal sealed class DatabaseMonitor(NpgsqlDataSource dataSource, CurrentEpoch epoch, NewestWatermark newest) : IWatermarkMonitor
{
    private static readonly string Newest = SqlFile.Read("database_watermark");

    /// <inheritdoc/>
    public Watermark? Watermark { get; private set; }

    /// <inheritdoc/>
    public async Task<WatermarkState?> CheckAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (await ReadAsync(cancellationToken) is not { } read)
            {
                epoch.Forget();
                if (await ReadAsync(cancellationToken) is not { } opened)
                    return null;
                read = opened;
            }

            Watermark = read;
            newest.Record(read);
            return new WatermarkState(read, Replication: null);
        }
        catch (NpgsqlException)
        {
            return null;
        }
    }

    private async Task<Watermark?> ReadAsync(CancellationToken cancellationToken)
    {
        var current = await epoch.GetOrOpenAsync(cancellationToken);
        await using var command = dataSource.CreateCommand(Newest);
        command.Parameters.Add(new() { Value = current });
        return await command.ExecuteScalarAsync(cancellationToken) is long sequence ? new Watermark(current, sequence) : null;
    }
}
