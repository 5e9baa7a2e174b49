using System.Security.Cryptography;
using System.Text;
using LastMile.Events.Hosting;
using LastMile.Events.Invalidator.Changes;
using LastMile.Events.Invalidator.Postgres;
using LastMile.Events.Invalidator.Schema;
using LastMile.Events.Postgres;
using Microsoft.Extensions.Options;
using Npgsql;
using Npgsql.Replication;
using Npgsql.Replication.PgOutput;
using Npgsql.Replication.PgOutput.Messages;

namespace LastMile.Events.Invalidator.Intake.Outbox;

/// <summary>
/// Receives each outbox row as it is committed, through a temporary logical replication slot. PostgreSQL drops the slot with its
/// connection, so no WAL is kept after a crash. Slot names are unique, so one Invalidator of a database receives the stream and the others
/// stand by. Where the server or the role does not allow a stream, the relay polls.
/// </summary>
internal sealed partial class OutboxStream(
    IOptions<PostgresOptions> options,
    NpgsqlDataSource dataSource,
    StreamRelay relay,
    Doorbell doorbell,
    SchemaInstallation schema,
    SlotWal wal,
    TimeProvider time,
    ILogger<OutboxStream> logger) : BackgroundService
{
    // PostgreSQL waits for the confirmation when it shuts down.
    private static readonly TimeSpan ConfirmInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan TurnInterval = TimeSpan.FromMilliseconds(500);
    private static readonly string SlotExists = SqlFile.Read("slot_exists");

    private bool lossReported;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var retry = Retry.Forever(time, Report, IsRefusal);
        try
        {
            await schema.Installed.WaitAsync(stoppingToken);
            await retry.ExecuteAsync(async token => await RunAsync(token), stoppingToken);
        }
        catch (PostgresException refusal)
        {
            Log.Refused(logger, refusal.MessageText);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        await wal.WaitForEndAsync(cancellationToken);
        await using var connection = new LogicalReplicationConnection(Database.ConnectionString(options.Value));
        try
        {
            await connection.Open(cancellationToken);
            var name = SlotOf((await connection.IdentifySystem(cancellationToken)).DbName!);
            await WaitForTurnAsync(name, cancellationToken);
            // Covers the slot's creation too, which waits for every transaction in progress.
            await wal.RunAsync(name, token => StreamAsync(connection, name, token), cancellationToken);
            throw new IOException("PostgreSQL ended the replication stream");
        }
        catch (PostgresException taken) when (taken.SqlState == PostgresErrorCodes.DuplicateObject)
        {
            doorbell.Stream = StreamState.Elsewhere;
            throw;
        }
        finally
        {
            if (doorbell.Stream == StreamState.Open)
                doorbell.Stream = StreamState.None;
            doorbell.Ring();
        }
    }

    private async Task StreamAsync(LogicalReplicationConnection connection, string name, CancellationToken cancellationToken)
    {
        var slot = await connection.CreatePgOutputReplicationSlot(name, temporarySlot: true, cancellationToken: cancellationToken);
        var stream = connection.StartReplication(
            slot, new PgOutputReplicationOptions(OutboxSchema.Publication, PgOutputProtocolVersion.V1, binary: true), cancellationToken);
        doorbell.Stream = StreamState.Open;
        lossReported = false;
        // Claims the rows that were committed before the slot existed.
        doorbell.Ring();
        Log.Opened(logger);
        // Confirms received changes, and keep-alives while the stream is idle, so that the server can discard its WAL.
        await using var confirming = time.CreateTimer(
            _ => connection.SetReplicationStatus(connection.LastReceivedLsn), null, ConfirmInterval, ConfirmInterval);
        await ReceiveAsync(stream, cancellationToken);
    }

    // Checks the slot first, because the server logs an error for each attempt to create a slot that exists.
    private async Task WaitForTurnAsync(string slot, CancellationToken cancellationToken)
    {
        while (await ExistsAsync(slot, cancellationToken))
        {
            doorbell.Stream = StreamState.Elsewhere;
            ReportOnce(Log.StandsBy);
            await Task.Delay(TurnInterval, time, cancellationToken);
        }
    }

    private async Task<bool> ExistsAsync(string slot, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(SlotExists);
        command.Parameters.Add(new() { Value = slot });
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private async Task ReceiveAsync(IAsyncEnumerable<PgOutputReplicationMessage> stream, CancellationToken cancellationToken)
    {
        var (xid, rows, skipped) = (0u, new List<OutboxRow>(), false);
        await foreach (var message in stream)
        {
            switch (message)
            {
                case BeginMessage begin:
                    (xid, rows, skipped) = (begin.TransactionXid, [], false);
                    break;
                case InsertMessage insert
                    when relay.HasRoom(rows.Count) && await StreamedRow.ReadAsync(insert, cancellationToken) is { } row:
                    rows.Add(row);
                    break;
                case InsertMessage:
                    skipped = true;
                    break;
                case CommitMessage:
                    if (rows.Count > 0)
                        relay.Enqueue(new StreamedTransaction(xid, rows));
                    // The claim takes the rows that the stream skipped.
                    if (skipped)
                        doorbell.Ring();
                    break;
            }
        }
    }

    // Derived from the database, because slot names are unique in the whole server.
    private static string SlotOf(string database) =>
        "lastmile_" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(database)))[..16];

    // Logs once per loss, not once per attempt.
    private void Report(Exception failure) =>
        ReportOnce(doorbell.Stream == StreamState.Elsewhere ? Log.StandsBy : target => Log.Lost(target, failure.Message));

    private void ReportOnce(Action<ILogger> log)
    {
        if (lossReported)
            return;
        lossReported = true;
        log(logger);
    }

    // Not retried, because the operator must fix it: wal_level below logical, no REPLICATION attribute, no publication, no free slot.
    private static bool IsRefusal(Exception exception) =>
        exception is PostgresException
        {
            SqlState: PostgresErrorCodes.ObjectNotInPrerequisiteState or PostgresErrorCodes.InsufficientPrivilege
                or PostgresErrorCodes.UndefinedObject or PostgresErrorCodes.FeatureNotSupported
        };

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "The stream is open: PostgreSQL sends each committed change")]
        public static partial void Opened(ILogger logger);

        [LoggerMessage(
            Level = LogLevel.Information,
            Message = "Another Invalidator receives this database's stream; this one stands by and claims the rows that the stream leaves")]
        public static partial void StandsBy(ILogger logger);

        [LoggerMessage(Level = LogLevel.Warning, Message = "The stream is lost ({Reason}); the relay polls until it is back")]
        public static partial void Lost(ILogger logger, string reason);

        [LoggerMessage(
            Level = LogLevel.Warning,
            Message = "PostgreSQL refuses the stream: {Reason}. "
                + "The relay polls the outbox instead, which adds some milliseconds to each purge. "
                + "To use the stream, set wal_level = logical and give the role of Postgres:ConnectionString the REPLICATION attribute, "
                + "then restart")]
        public static partial void Refused(ILogger logger, string reason);
    }
}
