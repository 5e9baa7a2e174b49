using LastMile.Events.Hosting;
using LastMile.Events.Messages;
using LastMile.Events.RegionAgent.Leadership;
using MassTransit;
using Microsoft.Extensions.Options;
using Retry = LastMile.Events.Hosting.Retry;

namespace LastMile.Events.RegionAgent.Alerts;

/// <summary>
/// Asks the Invalidators, when this agent takes over, which episode the one before has left open: it ends once, and is not told anew.
/// Thread-safe.
/// </summary>
internal sealed partial class EpisodeHandover(LeadershipState leadership, IBus bus, IOptions<RegionOptions> options, TimeProvider time, ILogger<EpisodeHandover> logger) : BackgroundService
{
    private readonly Signal turn = new(time);
    private readonly InheritedEpisode left = new(time);

    /// <inheritdoc cref="InheritedEpisode.IsAwaited"/>
    public bool IsAwaited => left.IsAwaited;

    /// <inheritdoc cref="InheritedEpisode.Take"/>
    public RegionEpisodeReported? Take(Guid? current) => left.Take(current);

    /// <summary>This agent has begun to work: what it knew of episodes is of before.</summary>
    public void Begin()
    {
        left.Begin();
        turn.Raise();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var retry = Retry.Forever(time, failure => Log.Waits(logger, options.Value.Name, failure.GetBaseException().Message));
        while (true)
        {
            await turn.WaitAsync(TimeSpan.FromDays(1), stoppingToken);
            if (leadership.IsLeading)
                await retry.ExecuteAsync(async token => await RequestAsync(token), stoppingToken);
        }
    }

    private async Task RequestAsync(CancellationToken cancellationToken) =>
        left.Answer(await bus.RequestAsync<RegionEpisodeRequested, RegionEpisodeReported>(new(options.Value.Name), time, cancellationToken));

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Debug, Message = "Whether an episode of region {Region} is open is not known yet: {Reason}")]
        public static partial void Waits(ILogger logger, string region, string reason);
    }
}
