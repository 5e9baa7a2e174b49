using LastMile.Events.Invalidator.Configuration;
using LastMile.Events.Invalidator.Postgres;
using Microsoft.Extensions.Options;
using Npgsql;

namespace LastMile.Events.Invalidator.Intake.Outbox;

/// <summary>
/// Limits the WAL that PostgreSQL keeps for the stream's slot. A slot releases no WAL while a transaction that writes is open, so a
/// forgotten transaction would fill the disk. Above <see cref="InvalidatorOptions.StreamWalMegabytes"/> the stream is closed until that
/// transaction ends; until then the relay polls.
/// </summary>
internal sealed class SlotWal(NpgsqlDataSource dataSource, IOptions<InvalidatorOptions> options, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    // PostgreSQL logs the open transactions every 15 s (LOG_SNAPSHOT_INTERVAL_MS), and a slot advances only then, so a busy server normally
    // keeps much WAL for that long. A transaction that stays the oldest one for longer holds the slot back.
    private static readonly TimeSpan GracePeriod = TimeSpan.FromSeconds(20);

    private static readonly string KeptWal = SqlFile.Read("slot_wal");
    private static readonly string Oldest = SqlFile.Read("oldest_transaction");

    private long blockingTransaction;

    /// <summary>Waits for the end of the transaction that made this class close the stream; returns at once if there is none.</summary>
    public async Task WaitForEndAsync(CancellationToken cancellationToken)
    {
        while (blockingTransaction > 0 && await OldestAsync(cancellationToken) <= blockingTransaction)
            await Task.Delay(Interval, time, cancellationToken);
        blockingTransaction = 0;
    }

    /// <summary>Runs the stream until it ends, or until PostgreSQL keeps more WAL for its slot than allowed.</summary>
    /// <param name="slot">The slot's name.</param>
    /// <param name="stream">Creates the slot and reads from it.</param>
    /// <param name="cancellationToken">Ends the stream.</param>
    /// <exception cref="SlotWalException">PostgreSQL keeps too much WAL.</exception>
    public async Task RunAsync(string slot, Func<CancellationToken, Task> stream, CancellationToken cancellationToken)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var streaming = stream(end.Token);
        var watching = WatchAsync(slot, end.Token);
        var first = await Task.WhenAny(streaming, watching);
        await end.CancelAsync();
        await Task.WhenAll(streaming, watching).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await first;
    }

    private async Task WatchAsync(string slot, CancellationToken cancellationToken)
    {
        var (oldest, since) = (0L, 0L);
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            await using var command = dataSource.CreateCommand(KeptWal);
            command.Parameters.Add(new() { Value = slot });
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            if (!await reader.ReadAsync(cancellationToken))
                continue;

            var (megabytes, transaction) = (reader.GetInt64(0) >> 20, reader.GetInt64(1));
            if (transaction != oldest)
                (oldest, since) = (transaction, time.GetTimestamp());
            if (megabytes <= options.Value.StreamWalMegabytes || time.GetElapsedTime(since) < GracePeriod)
                continue;
            blockingTransaction = transaction;
            throw new SlotWalException(megabytes, transaction);
        }
    }

    private async Task<long> OldestAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(Oldest);
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }
}

/// <summary>PostgreSQL keeps too much WAL for the stream.</summary>
internal sealed class SlotWalException(long megabytes, long transaction) : Exception(
    $"PostgreSQL kept {megabytes} MB of WAL for the stream, more than Invalidator:StreamWalMegabytes, "
        + $"because transaction {transaction} is open. "
        + $"To find it: select pid, xact_start, query from pg_stat_activity where backend_xid::text::bigint = {transaction}. "
        + "The stream resumes when that transaction ends");
