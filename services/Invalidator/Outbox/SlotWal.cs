using Microsoft.Extensions.Options;
using Npgsql;

namespace LastMile.Events.Invalidator.Outbox;

/// <summary>
/// Bounds the WAL that the server keeps for the stream's slot. A slot lets go of none while a transaction that writes is open, and one that is
/// forgotten would fill the disk. Past <see cref="InvalidatorOptions.StreamWalMegabytes"/> the stream is given up until that transaction has
/// ended; the relay polls meanwhile.
/// </summary>
internal sealed class SlotWal(NpgsqlDataSource dataSource, IOptions<InvalidatorOptions> options, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    // PostgreSQL logs the open transactions every 15 s (LOG_SNAPSHOT_INTERVAL_MS), and a slot advances only then: a busy server keeps much WAL
    // for that long without any fault. A transaction that has been the oldest for longer holds the slot back.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static readonly string Kept = SqlFile.Read("slot_wal");
    private static readonly string Oldest = SqlFile.Read("oldest_transaction");

    private long holding;

    /// <summary>Waits until the transaction for whose sake the stream was given up has ended.</summary>
    public async Task WaitForEndAsync(CancellationToken cancellationToken)
    {
        while (holding > 0 && await OldestAsync(cancellationToken) <= holding)
            await Task.Delay(Interval, time, cancellationToken);
        holding = 0;
    }

    /// <summary>Runs the stream until it ends, or until the server keeps more WAL for its slot than it may.</summary>
    /// <param name="slot">The slot's name.</param>
    /// <param name="stream">Creates the slot and reads from it.</param>
    /// <param name="cancellationToken">Ends the stream.</param>
    /// <exception cref="SlotWalException">The server keeps too much.</exception>
    public async Task BoundAsync(string slot, Func<CancellationToken, Task> stream, CancellationToken cancellationToken)
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
            await using var command = dataSource.CreateCommand(Kept);
            command.Parameters.Add(new() { Value = slot });
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            if (!await reader.ReadAsync(cancellationToken))
                continue;

            var (megabytes, transaction) = (reader.GetInt64(0) >> 20, reader.GetInt64(1));
            if (transaction != oldest)
                (oldest, since) = (transaction, time.GetTimestamp());
            if (megabytes <= options.Value.StreamWalMegabytes || time.GetElapsedTime(since) < Patience)
                continue;
            holding = transaction;
            throw new SlotWalException(megabytes, transaction);
        }
    }

    private async Task<long> OldestAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(Oldest);
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }
}

/// <summary>The server keeps too much WAL for the stream.</summary>
internal sealed class SlotWalException(long megabytes, long transaction) : Exception(
    $"PostgreSQL kept {megabytes} MB of WAL for it, more than Invalidator:StreamWalMegabytes, because transaction {transaction} is open: select pid, xact_start, query from pg_stat_activity where backend_xid::text::bigint = {transaction} finds it. The stream comes back when it has ended");
