using LastMile.Events.Hosting;
using LastMile.Events.Invalidator.Postgres;
using LastMile.Events.Redis;
using Npgsql;

namespace LastMile.Events.Invalidator.Purging;

/// <summary>
/// The epoch of the Redis primary. The database records the newest epoch and its primary; the primary's watermark shows its own epoch. If
/// they differ, because another server was promoted or this one lost data, the purges that the primary lacks are replayed from the log, and
/// a new epoch begins.
/// </summary>
internal sealed partial class PrimaryEpoch : CurrentEpoch
{
    private static readonly string NewestEpoch = SqlFile.Read("newest_epoch");
    private static readonly string Open = SqlFile.Read("open_epoch");

    private readonly Primary primary;
    private readonly FailoverReplay replay;
    private readonly NpgsqlDataSource dataSource;
    private readonly TimeProvider time;
    private readonly ILogger<PrimaryEpoch> logger;
    private volatile string identity = "";

    public PrimaryEpoch(
        Primary primary,
        FailoverReplay replay,
        RedisConnection redis,
        NpgsqlDataSource dataSource,
        TimeProvider time,
        ILogger<PrimaryEpoch> logger)
    {
        (this.primary, this.replay, this.dataSource, this.time, this.logger) = (primary, replay, dataSource, time, logger);
        // A new connection may lead to another server.
        redis.Restored += (_, _) => Forget();
    }

    /// <summary>Forgets the epoch if the primary that answered is not the epoch's primary.</summary>
    public void ForgetIfReplacedBy(string primaryIdentity)
    {
        if (primaryIdentity != identity)
            Forget();
    }

    protected override async Task<long> OpenAsync(CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await BoundTransaction.BeginAsync(connection, cancellationToken);

        await LockAsync(connection, cancellationToken);

        var replication = await primary.ReplicationAsync();
        if (!replication.IsPrimary)
        {
            throw new InvalidOperationException(
                "Redis:ConnectionString points to a replica, but purges are written to the primary. Set the primary's address.");
        }

        identity = replication.Identity;
        var shown = await (await primary.ScriptAsync()).ReadWatermarkAsync();
        if (await NewestAsync(connection, cancellationToken) is var (primaryId, logged) && primaryId == identity
            && shown?.Epoch == logged.Epoch && shown >= logged)
        {
            await OpenOnPrimaryAsync(logged.Epoch);
            return logged.Epoch;
        }

        await using var open = new NpgsqlCommand(Open, connection)
        {
            Parameters = { new() { Value = replication.Identity }, new() { Value = shown?.Epoch ?? 0 } },
        };
        var opened = (long)(await open.ExecuteScalarAsync(cancellationToken))!;
        // A primary without a watermark has lost its data, and its replicas copy that, so no replay is needed.
        if (shown is { } behind)
            await TransactionKeepAlive.WhileAsync(connection, token => replay.RunAsync(behind, opened, token), time, cancellationToken);
        await OpenOnPrimaryAsync(opened);
        await transaction.CommitAsync(cancellationToken);
        Log.Opened(logger, opened, shown?.ToString() ?? "none");
        return opened;
    }

    private async Task OpenOnPrimaryAsync(long opened)
    {
        await (await primary.ScriptAsync()).OpenEpochAsync(opened);
        if ((await primary.ReplicationAsync()).Identity != identity)
            throw new InvalidOperationException("The Redis primary was replaced while its epoch was being opened.");
    }

    // Reads the newest epoch's primary and that epoch's last logged purge.
    private static async Task<(string PrimaryId, Watermark Logged)?> NewestAsync(
        NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(NewestEpoch, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        return await reader.ReadAsync(cancellationToken) ? (reader.GetString(1), new(reader.GetInt64(0), reader.GetInt64(2))) : null;
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "Epoch {Epoch} begins; the primary's previous watermark: {Watermark}")]
        public static partial void Opened(ILogger logger, long epoch, string watermark);
    }
}
