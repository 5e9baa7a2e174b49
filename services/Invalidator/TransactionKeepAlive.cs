using Npgsql;

namespace LastMile.Events.Invalidator;

/// <summary>Keeps a transaction open through work elsewhere that may take long: the server ends one that says nothing for ten seconds.</summary>
internal static class TransactionKeepAlive
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(3);

    /// <summary>Does the work, and meanwhile asks the server for nothing every few seconds.</summary>
    /// <param name="connection">Where the transaction is; the work must not use it.</param>
    /// <param name="work">The work. It is cancelled when the transaction is lost.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Cancels the work.</param>
    public static async Task WhileAsync(NpgsqlConnection connection, Func<CancellationToken, Task> work, TimeProvider time, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var working = work(stop.Token);
        try
        {
            while (await Task.WhenAny(working, Task.Delay(Interval, time, stop.Token)) != working)
            {
                await using var nothing = new NpgsqlCommand("select", connection);
                await nothing.ExecuteNonQueryAsync(stop.Token);
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
