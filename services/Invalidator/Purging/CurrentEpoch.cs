using LastMile.Events.Hosting;
using Npgsql;

namespace LastMile.Events.Invalidator.Purging;

/// <summary>
/// The epoch that purges are made in. The database says which epoch belongs to which primary; the primary says which one it is in.
/// Where they differ, because another server was promoted or this one lost its data, a new epoch begins.
/// </summary>
internal sealed partial class CurrentEpoch : IDisposable
{
    private static readonly string Find = SqlFile.Read("find_epoch");
    private static readonly string Open = SqlFile.Read("open_epoch");

    private readonly Primary primary;
    private readonly NpgsqlDataSource dataSource;
    private readonly ILogger<CurrentEpoch> logger;
    private readonly SemaphoreSlim opening = new(1);
    private long epoch;

    public CurrentEpoch(Primary primary, RedisConnection redis, NpgsqlDataSource dataSource, ILogger<CurrentEpoch> logger)
    {
        (this.primary, this.dataSource, this.logger) = (primary, dataSource, logger);
        // Behind a new connection there may be another server.
        redis.Restored += (_, _) => Forget();
    }

    /// <summary>The epoch, opened if need be.</summary>
    public async ValueTask<long> GetAsync(CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref epoch) is > 0 and var known)
            return known;

        await opening.WaitAsync(cancellationToken);
        try
        {
            if (Volatile.Read(ref epoch) == 0)
                Volatile.Write(ref epoch, await OpenAsync(cancellationToken));
            return epoch;
        }
        finally
        {
            opening.Release();
        }
    }

    /// <summary>The primary has said that it is in another epoch, or may be another server: ask again before the next purge.</summary>
    public void Forget() => Volatile.Write(ref epoch, 0);

    public void Dispose() => opening.Dispose();

    // Under a lock of the database, so that Invalidators that start together agree on one epoch.
    private async Task<long> OpenAsync(CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);

        await using (var exclusive = new NpgsqlCommand("select pg_advisory_xact_lock(hashtextextended('lastmile.epoch', 0))", connection))
            await exclusive.ExecuteNonQueryAsync(cancellationToken);

        var replication = await primary.ReplicationAsync();
        if (!replication.IsPrimary)
            throw new InvalidOperationException("Redis:ConnectionString leads to a replica. Purges are written to the primary: set its address.");

        var script = await primary.ScriptAsync();
        var shown = await script.ReadWatermarkAsync();

        await using var find = new NpgsqlCommand(Find, connection) { Parameters = { new() { Value = replication.Identity } } };
        if (await find.ExecuteScalarAsync(cancellationToken) is long found && found == shown?.Epoch)
            return found;

        await using var open = new NpgsqlCommand(Open, connection)
        {
            Parameters = { new() { Value = replication.Identity }, new() { Value = shown?.Epoch ?? 0 } },
        };
        var opened = (long)(await open.ExecuteScalarAsync(cancellationToken))!;
        await script.OpenEpochAsync(opened);
        await transaction.CommitAsync(cancellationToken);
        Log.Opened(logger, opened, shown?.ToString() ?? "no watermark");
        return opened;
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "Epoch {Epoch} begins; the primary showed {Watermark}")]
        public static partial void Opened(ILogger logger, long epoch, string watermark);
    }
}
