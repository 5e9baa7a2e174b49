using LastMile.Events.Hosting;
using LastMile.Events.Messages;
using LastMile.Events.RegionAgent.Configuration;
using LastMile.Events.RegionAgent.Leadership;
using MassTransit;
using Microsoft.Extensions.Options;
using Retry = LastMile.Events.Hosting.Retry;

namespace LastMile.Events.RegionAgent.Alerts;

/// <summary>
/// When this agent takes over, requests the previous agent's open episode from the Invalidators, so that the episode is not announced
/// twice and ends once. Repeats the request, because an alert of the previous agent may reach the Invalidators after the first one.
/// Thread-safe.
/// </summary>
internal sealed partial class EpisodeHandover(
    LeadershipState leadership,
    IBus bus,
    IOptions<RegionOptions> options,
    LineageOptions lineage,
    TimeProvider time,
    ILogger<EpisodeHandover> logger) : BackgroundService
{
    private readonly Signal takeover = new(time);
    private readonly InheritedEpisode inherited = new(time);

    // An alert that was sent before a change of the leader arrives some time after it.
    private static readonly TimeSpan RepeatInterval = TimeSpan.FromSeconds(10);

    // An agent that became active without the bus expects no answer.
    private static readonly TimeSpan AnswerTimeoutWithoutBus = TimeSpan.FromSeconds(1);

    /// <inheritdoc cref="InheritedEpisode.IsAwaited"/>
    public bool IsAwaited => inherited.IsAwaited && (leadership.HasReceived || inherited.Age < AnswerTimeoutWithoutBus);

    /// <inheritdoc cref="InheritedEpisode.Take"/>
    public RegionEpisodeReported? Take(Guid? current) => inherited.Take(current);

    /// <summary>Discards this agent's earlier episode state, and starts a handover if this agent is active.</summary>
    public void Begin()
    {
        inherited.Begin();
        takeover.Raise();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var retry = Retry.Forever(time, failure => Log.Waits(logger, options.Value.Name, failure.GetBaseException().Message));
        while (true)
        {
            await takeover.WaitAsync(RepeatInterval, stoppingToken);
            if (leadership.IsLeading)
                await retry.ExecuteAsync(async token => await RequestAsync(token), stoppingToken);
        }
    }

    private async Task RequestAsync(CancellationToken cancellationToken)
    {
        var request = new RegionEpisodeRequested(options.Value.Name) { Lineage = lineage.Name };
        inherited.Answer(await bus.SendAsync<RegionEpisodeRequested, RegionEpisodeReported>(
            LineageQueues.Episodes(lineage.Name), request, time, cancellationToken));
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Debug, Message = "It is not known yet whether region {Region} has an open episode: {Reason}")]
        public static partial void Waits(ILogger logger, string region, string reason);
    }
}
