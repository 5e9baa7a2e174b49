using System.Threading.Channels;
using LastMile.Events.Hosting;
using LastMile.Events.Invalidator.Changes;
using LastMile.Events.Invalidator.Pipeline;
using LastMile.Events.Redis;
using Npgsql;

namespace LastMile.Events.Invalidator.Intake.Bus;

/// <summary>
/// Combines the purges of concurrent messages: while one batch is purged, it collects the next one, like a database's group commit. A lone
/// message therefore does not wait, and a flood costs few round trips.
/// </summary>
internal sealed partial class ChangeBatcher(
    RedisKeys keys,
    PurgePipeline pipeline,
    TimeProvider time,
    ILogger<ChangeBatcher> logger) : BackgroundService
{
    // The consumer's prefetch bounds it: each waiting request is an unacknowledged message.
    private readonly Channel<Request> requests = Channel.CreateUnbounded<Request>(new UnboundedChannelOptions { SingleReader = true });

    /// <summary>Purges names. Completes when they are purged and logged.</summary>
    public async Task PurgeAsync(PurgeNames names, PurgeOrigins origins, CancellationToken cancellationToken)
    {
        if (names.IsEmpty)
            return;

        if (pipeline.LogRefuses)
            pipeline.AnnounceUnlogged(names.Keys, names.Tags);
        var request = new Request(names, origins, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        await requests.Writer.WriteAsync(request, cancellationToken);
        await request.Purged.Task.WaitAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var retry = Retry.Forever(time, Report);
        var group = new List<Request>();
        while (await requests.Reader.WaitToReadAsync(stoppingToken))
        {
            var (names, origins) = (new PurgeNames(keys), new PurgeOrigins());
            while (names.Keys.Count < PurgeScript.MaxNames && requests.Reader.TryRead(out var request))
            {
                names.Add(request.Names);
                origins.Add(request.Origins);
                group.Add(request);
            }

            // A retry repeats the purge after a failed log write: the batch can't be logged again, because its row or watermark may exist.
            await retry.ExecuteAsync(async token => await PurgeOnceAsync(names, origins, token), stoppingToken);
            group.ForEach(request => request.Purged.SetResult());
            group.Clear();
        }
    }

    private async Task PurgeOnceAsync(PurgeNames names, PurgeOrigins origins, CancellationToken cancellationToken)
    {
        var wasRefused = pipeline.LogRefuses;
        try
        {
            await pipeline.RunAsync(names, origins, cancellationToken);
        }
        catch (PostgresException) when (!wasRefused && pipeline.LogRefuses)
        {
            pipeline.AnnounceUnlogged(names.Keys, names.Tags);
            throw;
        }
    }

    private void Report(Exception failure)
    {
        pipeline.Failed(failure);
        Log.Failed(logger, failure.Message);
    }

    private sealed record Request(PurgeNames Names, PurgeOrigins Origins, TaskCompletionSource Purged);

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Debug, Message = "A purge requested on the bus failed and will be retried: {Reason}")]
        public static partial void Failed(ILogger logger, string reason);
    }
}
