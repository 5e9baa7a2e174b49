using LastMile.Events.Hosting;
using LastMile.Events.Invalidator.Purging;
using Npgsql;

namespace LastMile.Events.Invalidator.Api;

/// <summary>Purges what a request asks for, in one batch, while it waits: tries again for a few seconds, then says which server is away.</summary>
internal sealed partial class RequestedPurges(
    Primary primary,
    PurgePipeline pipeline,
    CurrentEpoch epoch,
    [FromKeyedServices(Servers.Postgres)] Dependency postgres,
    [FromKeyedServices(Servers.Redis)] Dependency redis,
    TimeProvider time,
    ILogger<RequestedPurges> logger)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Purges; on return it is in the log, and about to be announced.</summary>
    /// <param name="order">What to purge.</param>
    /// <param name="cancellationToken">Ends the search for a prefix's keys. What comes after it is done though nobody waits: a purge that is not logged is told to nobody.</param>
    /// <exception cref="ServerAwayException">A server has not answered in time. The purge may have been applied; repeating it is harmless.</exception>
    public async Task<PurgeBatch> PurgeAsync(PurgeOrder order, CancellationToken cancellationToken)
    {
        if (order.Prefix is not null)
            await DropOnPrimaryAsync(order.Prefix, cancellationToken);
        var batch = await PurgeAndLogAsync(order);
        if (order.Prefix is not null || order.Everything)
            Log.Swept(logger, order.Prefix is null ? "Everything" : $"Every key that begins with '{order.Prefix}'", order.Origins is [{ Actor: { } actor }] ? actor : "somebody", batch.Id);
        return batch;
    }

    // What the primary holds would come back to a region with a full resync.
    private async Task DropOnPrimaryAsync(string prefix, CancellationToken cancellationToken)
    {
        var cursor = "";
        do
        {
            cancellationToken.ThrowIfCancellationRequested();
            var from = cursor;
            await PatientlyAsync(async token => (cursor, _, _) = await (await primary.PrefixScanAsync()).StepAsync(prefix, from), () => redis);
        }
        while (cursor.Length > 0);
    }

    // Purged again when the log fails: a batch whose row may be there already, or whose place is taken, can't be logged twice.
    private async Task<PurgeBatch> PurgeAndLogAsync(PurgeOrder order)
    {
        var server = redis;
        PurgeBatch batch = null!;
        await PatientlyAsync(
            async token =>
            {
                server = redis;
                batch = await pipeline.PurgeAsync(order, token);
                server = postgres;
                await pipeline.LogAsync([batch], token);
            },
            () => server);
        return batch;
    }

    private async Task PatientlyAsync(Func<CancellationToken, Task> work, Func<Dependency> server)
    {
        Exception? last = null;
        using var patience = new CancellationTokenSource(Patience, time);
        try
        {
            await Retry.Forever(time, failure => last = epoch.HasEnded(failure) ? last : failure)
                .ExecuteAsync(async token => await work(token).WaitAsync(token), patience.Token);
        }
        catch (Exception failure) when (patience.IsCancellationRequested)
        {
            var cause = failure is OperationCanceledException ? last ?? new TimeoutException($"Not within {Patience.TotalSeconds} s.", failure) : failure;
            var away = cause is NpgsqlException ? postgres : server();
            away.Failed(cause);
            throw new ServerAwayException($"{away.DoesNotAnswer(cause)}. The purge may have been applied; repeating it is harmless.", cause);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "{What} is purged, as {Actor} asked: purge {Id}")]
        public static partial void Swept(ILogger logger, string what, string actor, Guid id);
    }
}

/// <summary>A server that a request needs has not answered in time.</summary>
public sealed class ServerAwayException(string message, Exception inner) : Exception(message, inner);
