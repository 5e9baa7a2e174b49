using LastMile.Events.Hosting;
using LastMile.Events.Invalidator.Changes;
using LastMile.Events.Invalidator.Configuration;
using LastMile.Events.Invalidator.Pipeline;
using LastMile.Events.Invalidator.Purging;
using Npgsql;

namespace LastMile.Events.Invalidator.Intake.Http;

/// <summary>Purges on request, in one batch, while the request waits. Retries for 5 s, then reports which server does not answer.</summary>
internal sealed partial class RequestedPurges(
    IWatermarkSource source,
    PurgePipeline pipeline,
    CurrentEpoch epoch,
    [FromKeyedServices(Servers.Postgres)] Dependency postgres,
    TimeProvider time,
    ILogger<RequestedPurges> logger)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);

    /// <summary>Makes a purge, logs it, and hands it to the announcer.</summary>
    /// <param name="order">The purge.</param>
    /// <param name="cancellationToken">
    /// Cancels the scan for a prefix's keys, but not the purge itself: an applied purge that is not logged would never be announced.
    /// </param>
    /// <exception cref="ServerUnavailableException">
    /// A server did not answer in time. The purge may have been applied; repeating it is harmless.
    /// </exception>
    public async Task<PurgeBatch> PurgeAsync(PurgeOrder order, CancellationToken cancellationToken)
    {
        if (order.Prefix is not null)
            await DropAtSourceAsync(order.Prefix, cancellationToken);
        var batch = await PurgeAndLogAsync(order);
        if (order.Prefix is not null || order.Everything)
        {
            var dropped = order.Prefix is null ? "Everything" : $"Every key that begins with '{order.Prefix}'";
            Log.Dropped(logger, dropped, order.Origins is [{ Actor: { } actor }] ? actor : "an unnamed caller", batch.Id);
        }

        return batch;
    }

    private async Task DropAtSourceAsync(string prefix, CancellationToken cancellationToken)
    {
        var cursor = "";
        do
        {
            cancellationToken.ThrowIfCancellationRequested();
            var from = cursor;
            await RetryAsync(async token => cursor = await source.DropAsync(prefix, from), () => source.Server);
        }
        while (cursor.Length > 0);
    }

    // When the log insert fails, purges again as a new batch: the row may already be stored, or its sequence may be taken.
    private async Task<PurgeBatch> PurgeAndLogAsync(PurgeOrder order)
    {
        var server = source.Server;
        PurgeBatch batch = null!;
        await RetryAsync(
            async token =>
            {
                server = source.Server;
                batch = await pipeline.PurgeAsync(order, token);
                server = postgres;
                batch = (await pipeline.LogAsync([batch], token))[0];
            },
            () => server);
        return batch;
    }

    private async Task RetryAsync(Func<CancellationToken, Task> work, Func<Dependency> server)
    {
        Exception? last = null;
        using var deadline = new CancellationTokenSource(Deadline, time);
        try
        {
            await Retry.Forever(time, NoteFailure)
                .ExecuteAsync(async token => await work(token).WaitAsync(token), deadline.Token);
        }
        catch (Exception failure) when (deadline.IsCancellationRequested)
        {
            var cause = failure is OperationCanceledException
                ? last ?? new TimeoutException($"No answer within {Deadline.TotalSeconds} s.", failure)
                : failure;
            var unavailable = cause is NpgsqlException ? postgres : server();
            unavailable.Failed(cause);
            throw new ServerUnavailableException(
                $"{unavailable.DoesNotAnswer(cause)}. The purge may have been applied; repeating it is harmless.", cause);
        }

        void NoteFailure(Exception failure)
        {
            if (CurrentEpoch.HasEnded(failure))
                epoch.Forget();
            else
                last = failure;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "{Target} was dropped at the request of {Actor}: purge {Id}")]
        public static partial void Dropped(ILogger logger, string target, string actor, Guid id);
    }
}

/// <summary>A server that a request needs did not answer in time.</summary>
public sealed class ServerUnavailableException(string message, Exception inner) : Exception(message, inner);
