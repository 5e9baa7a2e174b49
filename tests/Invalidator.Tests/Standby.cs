using LastMile.Events.Postgres;
using Npgsql;
using Npgsql.Replication;
using Npgsql.Replication.PgOutput;
using Npgsql.Replication.PgOutput.Messages;

namespace Invalidator.Tests;

/// <summary>The standby of a <see cref="SynchronousPostgres"/>. It confirms the commits that write to a world's outbox.</summary>
internal sealed class Standby : IAsyncDisposable
{
    public const string Name = "standby";

    private readonly LogicalReplicationConnection connection;
    private readonly PgOutputReplicationSlot slot;
    private readonly CancellationTokenSource stop = new();
    private Task confirming = Task.CompletedTask;

    private Standby(LogicalReplicationConnection connection, PgOutputReplicationSlot slot) =>
        (this.connection, this.slot) = (connection, slot);

    /// <summary>Connects without confirming any commit yet.</summary>
    public static async Task<Standby> ConnectAsync(World world)
    {
        var named = new NpgsqlConnectionStringBuilder(world.Database) { ApplicationName = Name };
        var opened = new LogicalReplicationConnection(named.ConnectionString);
        await opened.Open();
        return new Standby(opened, await opened.CreatePgOutputReplicationSlot(Name, temporarySlot: true));
    }

    /// <summary>Confirms all commits since the connection, then each new commit immediately.</summary>
    public void Confirm() => confirming = ConfirmAsync();

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await confirming.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await connection.DisposeAsync();
        stop.Dispose();
    }

    private async Task ConfirmAsync()
    {
        var options = new PgOutputReplicationOptions(OutboxSchema.Publication, PgOutputProtocolVersion.V1);
        await foreach (var message in connection.StartReplication(slot, options, stop.Token))
        {
            if (message is not CommitMessage commit)
                continue;
            connection.SetReplicationStatus(commit.TransactionEndLsn);
            await connection.SendStatusUpdate(stop.Token);
        }
    }
}
