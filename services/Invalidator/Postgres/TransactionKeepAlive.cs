using Npgsql;

namespace LastMile.Events.Invalidator.Postgres;

/// <summary>
/// Keeps a transaction open during long work on another server: PostgreSQL ends a transaction that is idle for ten seconds.
/// </summary>
internal static class TransactionKeepAlive
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(3);

    /// <summary>Runs the work, and sends the server an empty query every three seconds until it ends.</summary>
    /// <param name="connection">The transaction's connection; the work must not use it.</param>
    /// <param name="work">The work; cancelled when the transaction is lost.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Cancels the work.</param>
    public static async Task WhileAsync(
        NpgsqlConnection connection, Func<CancellationToken, Task> work, TimeProvider time, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var working = work(stop.Token);
        try
        {
            while (await Task.WhenAny(working, Task.Delay(Interval, time, stop.Token)) != working)
            {
                await using var empty = new NpgsqlCommand("select", connection);
                await empty.ExecuteNonQueryAsync(stop.Token);
            }
        }
        finally
        {
            await stop.CancelAsync();
            await working.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await working;
    }
}
