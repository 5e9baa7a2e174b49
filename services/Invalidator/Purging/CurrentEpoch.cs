using LastMile.Events.Redis;
using Npgsql;

namespace LastMile.Events.Invalidator.Purging;

/// <summary>The epoch in which purges are made: opened once, and again after <see cref="Forget"/>.</summary>
internal abstract class CurrentEpoch : IDisposable
{
    private readonly SemaphoreSlim opening = new(1);
    private long epoch;

    /// <summary>The newest epoch that this process has used; 0 for none.</summary>
    protected long Newest { get; private set; }

    /// <summary>Returns the current epoch. Opens it if necessary.</summary>
    public async ValueTask<long> GetOrOpenAsync(CancellationToken cancellationToken)
    {
        if (Volatile.Read(ref epoch) is > 0 and var known)
            return known;

        await opening.WaitAsync(cancellationToken);
        try
        {
            if (Volatile.Read(ref epoch) is > 0 and var opened)
                return opened;

            opened = await OpenAsync(cancellationToken);
            Newest = Math.Max(Newest, opened);
            Volatile.Write(ref epoch, opened);
            return opened;
        }
        finally
        {
            opening.Release();
        }
    }

    /// <summary>Forgets the epoch, because it may have ended. The next purge reads it again.</summary>
    public void Forget() => Volatile.Write(ref epoch, 0);

    /// <summary>
    /// Returns whether the primary or the log rejected a purge because its epoch has ended. If so, forget the epoch and repeat the purge.
    /// </summary>
    public static bool HasEnded(Exception failure) => failure is EpochEndedException or PostgresException { SqlState: PurgeLog.EpochEnded };

    public void Dispose() => opening.Dispose();

    /// <summary>Reads the current epoch, and opens a new one if it has ended. Not called concurrently.</summary>
    protected abstract Task<long> OpenAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Holds a database lock until the transaction ends, so that Invalidators that start together agree on one epoch, and no batch is being
    /// logged.
    /// </summary>
    protected static async Task LockAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var exclusive = new NpgsqlCommand(
            "select pg_advisory_xact_lock(hashtextextended('lastmile.epoch', 0))", connection);
        await exclusive.ExecuteNonQueryAsync(cancellationToken);
    }
}
