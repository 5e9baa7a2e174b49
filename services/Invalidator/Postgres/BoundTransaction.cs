using System.Data;
using Npgsql;

namespace LastMile.Events.Invalidator.Postgres;

/// <summary>
/// A transaction that PostgreSQL ends if this process hangs. It runs at READ COMMITTED regardless of the database's default, so that it
/// sees commits made while it waits for a lock. The Invalidator writes in such transactions.
/// </summary>
internal static class BoundTransaction
{
    private static readonly string Bounds = SqlFile.Read("bounds");

    /// <summary>The command that begins the transaction, for a batch.</summary>
    public static NpgsqlBatchCommand Begin => new("begin isolation level read committed");

    /// <summary>The command that sets its timeouts, for a batch. It follows the command whose rows are read.</summary>
    public static NpgsqlBatchCommand Bound => new(Bounds);

    /// <summary>Begins the transaction and sets its timeouts, in one round trip.</summary>
    /// <param name="connection">An open connection, with no transaction in progress.</param>
    /// <param name="cancellationToken">Cancels the round trip.</param>
    public static async Task<NpgsqlTransaction> BeginAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, cancellationToken);
        await using var bound = new NpgsqlCommand(Bounds, connection, transaction);
        await bound.ExecuteNonQueryAsync(cancellationToken);
        return transaction;
    }
}
