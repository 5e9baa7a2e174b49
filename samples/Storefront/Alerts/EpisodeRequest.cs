using LastMile.Events.Messages;
using MassTransit;
using Microsoft.Extensions.Options;

namespace Storefront.Alerts;

/// <summary>
/// Requests this region's open episode from the Invalidators, at startup and every few seconds, because alerts are missed while the bus is
/// lost. Nothing waits for the answer.
/// </summary>
internal sealed partial class EpisodeRequest(
    IClientFactory clients,
    CriticalEpisode episode,
    IOptions<StorefrontOptions> options,
    TimeProvider time,
    ILogger<EpisodeRequest> logger) : BackgroundService
{
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan RetryPeriod = TimeSpan.FromSeconds(1);

    private bool answered = true;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            var wasAnswered = await RequestAsync(stoppingToken);
            await Task.Delay(wasAnswered ? Period : RetryPeriod, time, stoppingToken);
        }
    }

    private async Task<bool> RequestAsync(CancellationToken stopping)
    {
        try
        {
            var client = clients.CreateRequestClient<RegionEpisodeRequested>(AnswerWithin);
            var response = await client.GetResponse<RegionEpisodeReported>(new(options.Value.Region), stopping)
                .WaitAsync(2 * AnswerWithin, time, stopping);
            episode.Reported(response.Message);
            return answered = true;
        }
        catch (Exception e) when (!stopping.IsCancellationRequested)
        {
            if (answered)
                Log.NotAnswered(logger, options.Value.Region, e.GetBaseException().Message);
            return answered = false;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            LogLevel.Warning,
            "No Invalidator has reported whether region {Region} is behind: {Reason} Retrying; until one answers, only new alerts are "
            + "known. Check that an Invalidator runs and reaches RabbitMQ.")]
        public static partial void NotAnswered(ILogger logger, string region, string reason);
    }
}
