using System.Data;
using Npgsql;

namespace LastMile.Events.Invalidator;

/// <summary>
/// A transaction that ends if this process hangs, and that sees what others commit while it waits for a lock, whatever the database's defaults
/// are. Every transaction of the Invalidator that writes is one.
/// </summary>
internal static class BoundTransaction
{
    private static readonly string Bounds = SqlFile.Read("bounds");

    /// <summary>The command that begins it, in a batch.</summary>
    public static NpgsqlBatchCommand Begin => new("begin isolation level read committed");

    /// <summary>The command that bounds it, in a batch, after the one whose rows are read.</summary>
    public static NpgsqlBatchCommand Bound => new(Bounds);

    /// <summary>Begins it, in one round trip.</summary>
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
