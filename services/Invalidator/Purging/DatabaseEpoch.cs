using LastMile.Events.Invalidator.Postgres;
using LastMile.Events.Redis;
using Npgsql;

namespace LastMile.Events.Invalidator.Purging;

/// <summary>
/// The epoch of a run of the PostgreSQL server. A server that restarts, is promoted or is restored begins a new one, because it may lack
/// the last purges. See <c>docs/adr/0021-epochs-from-the-database.md</c>.
/// </summary>
internal sealed partial class DatabaseEpoch(
    NpgsqlDataSource dataSource, NewestWatermark newest, ILogger<DatabaseEpoch> logger) : CurrentEpoch
{
    private static readonly string Open = SqlFile.Read("database_epoch");
    private static readonly string CommitOnDisk = SqlFile.Read("commit_on_disk");

    protected override async Task<long> OpenAsync(CancellationToken cancellationToken)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await BoundTransaction.BeginAsync(connection, cancellationToken);
        await LockAsync(connection, cancellationToken);
        var known = newest.Value;
        var (epoch, isNew, lost) = await ReadOrOpenAsync(connection, known, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        newest.Record(new Watermark(epoch, 0));
        if (isNew)
            Log.Opened(logger, epoch);
        if (lost)
            Log.Lost(logger, known, epoch);
        return epoch;
    }

    private static async Task<(long Epoch, bool IsNew, bool Lost)> ReadOrOpenAsync(
        NpgsqlConnection connection, Watermark known, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new(Open) { Parameters = { new() { Value = known.Epoch }, new() { Value = known.Sequence } } },
                new(CommitOnDisk),
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return (reader.GetInt64(0), reader.GetBoolean(1), reader.GetBoolean(2));
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "Epoch {Epoch} begins in the database")]
        public static partial void Opened(ILogger logger, long epoch);

        [LoggerMessage(
            Level = LogLevel.Warning,
            Message = "The database lacks purges that it had logged, up to {Known}: it was restored from a backup, or a standby without "
                + "the last commits was promoted. In epoch {Epoch} each region drops its cache, or reports that an operator should "
                + "(Region:OnLostPurges)")]
        public static partial void Lost(ILogger logger, Watermark known, long epoch);
    }
}
