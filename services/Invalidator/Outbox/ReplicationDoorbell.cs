using LastMile.Events.Hosting;
using LastMile.Events.Postgres;
using Microsoft.Extensions.Options;
using Npgsql;
using Npgsql.Replication;
using Npgsql.Replication.PgOutput;
using Npgsql.Replication.PgOutput.Messages;

namespace LastMile.Events.Invalidator.Outbox;

/// <summary>
/// Rings at each commit that fed the outbox, heard through a temporary logical replication slot: it goes with its connection, so a
/// crash holds back no WAL. Where the server or the role does not allow it, the relay polls.
/// </summary>
internal sealed partial class ReplicationDoorbell(
    IOptions<PostgresOptions> options,
    Doorbell doorbell,
    SchemaInstallation schema,
    TimeProvider time,
    ILogger<ReplicationDoorbell> logger) : BackgroundService
{
    private static readonly TimeSpan ConfirmInterval = TimeSpan.FromSeconds(5);

    private bool lossTold;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var retry = Retry.Forever(time, Report, IsRefusal);
        try
        {
            await schema.Installed.WaitAsync(stoppingToken);
            await retry.ExecuteAsync(async token => await ListenAsync(token), stoppingToken);
        }
        catch (PostgresException refusal)
        {
            Log.Refused(logger, refusal.MessageText);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
    }

    private async Task ListenAsync(CancellationToken cancellationToken)
    {
        await using var connection = new LogicalReplicationConnection(options.Value.ConnectionString);
        try
        {
            await connection.Open(cancellationToken);
            var slot = await connection.CreatePgOutputReplicationSlot(
                $"lastmile_{Guid.NewGuid():N}", temporarySlot: true, cancellationToken: cancellationToken);
            var stream = connection.StartReplication(
                slot, new PgOutputReplicationOptions(OutboxSchema.Publication, PgOutputProtocolVersion.V1), cancellationToken);
            doorbell.IsWired = true;
            lossTold = false;
            // What was committed before the slot existed rings now.
            doorbell.Ring();
            Log.Wired(logger);
            // Confirms what was heard, and the server's keep-alives while nothing rings, so that it can let go of its WAL.
            await using var confirming = time.CreateTimer(
                _ => connection.SetReplicationStatus(connection.LastReceivedLsn), null, ConfirmInterval, ConfirmInterval);
            var rows = 0;
            await foreach (var message in stream)
            {
                if (message is InsertMessage)
                    rows++;
                else if (message is CommitMessage)
                    {
                    doorbell.Ring(rows);
                    rows = 0;
                }
            }

            throw new IOException("PostgreSQL ended the replication stream");
        }
        finally
        {
            doorbell.IsWired = false;
            doorbell.Ring();
        }
    }

    // Once for each loss, however many attempts follow.
    private void Report(Exception failure)
    {
        if (lossTold)
            return;
        lossTold = true;
        Log.Lost(logger, failure.Message);
    }

    // wal_level below logical, no REPLICATION attribute, no publication, no free slot: the operator's to mend, not time's.
    private static bool IsRefusal(Exception exception) =>
        exception is PostgresException
        {
            SqlState: PostgresErrorCodes.ObjectNotInPrerequisiteState or PostgresErrorCodes.InsufficientPrivilege
                or PostgresErrorCodes.UndefinedObject or PostgresErrorCodes.FeatureNotSupported
        };

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "The doorbell is wired: PostgreSQL wakes the relay at each commit")]
        public static partial void Wired(ILogger logger);

        [LoggerMessage(Level = LogLevel.Warning, Message = "The doorbell is lost ({Reason}); the relay polls until it is back")]
        public static partial void Lost(ILogger logger, string reason);

        [LoggerMessage(Level = LogLevel.Warning, Message = "PostgreSQL refuses the doorbell: {Reason}. The relay polls the outbox instead, which adds some milliseconds to each purge. For the doorbell set wal_level = logical and give the role of Postgres:ConnectionString the REPLICATION attribute, then restart")]
        public static partial void Refused(ILogger logger, string reason);
    }
}
