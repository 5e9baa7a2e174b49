using LastMile.Events.Messages;
using LastMile.Events.RegionAgent.Duties;
using MassTransit;
using Microsoft.Extensions.Options;
using Retry = LastMile.Events.Hosting.Retry;

namespace LastMile.Events.RegionAgent.Alerts;

/// <summary>
/// Asks the Invalidators, when this agent takes over, which episode the one before has left open: it ends once, and is not told anew.
/// Thread-safe.
/// </summary>
internal sealed partial class EpisodeRecall(Duty duty, IBus bus, IOptions<RegionOptions> options, TimeProvider time, ILogger<EpisodeRecall> logger) : BackgroundService
{
    // An Invalidator that can't read its database must not keep this region's trouble quiet.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(2);

    private readonly Signal turn = new(time);
    private readonly Lock gate = new();
    private RegionEpisodeTold? told;
    private long askedAt;
    private bool answered;

    /// <summary>Whether an alert would be one too many, since the answer may say that it is known.</summary>
    public bool IsAwaited
    {
        get
        {
            lock (gate)
                return !answered && time.GetElapsedTime(askedAt) < Patience;
        }
    }

    /// <summary>The open episode that another agent began, once, when this one has none of its own open; null for none.</summary>
    /// <param name="own">The episode that is open here; null for none.</param>
    public RegionEpisodeTold? Take(Guid? own)
    {
        lock (gate)
        {
            // An answer that comes late may tell of the agent's own.
            if (own is not null && told?.Open?.Episode == own)
                told = null;
            if (own is not null)
                return null;
            var taken = told;
            told = null;
            return taken;
        }
    }

    /// <summary>This agent has begun to work: what it knew of episodes is of before.</summary>
    public void Begin()
    {
        lock (gate)
            (told, answered, askedAt) = (null, false, time.GetTimestamp());
        turn.Raise();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var client = bus.CreateRequestClient<RegionEpisodeRequested>(AnswerWithin);
        var retry = Retry.Forever(time, failure => Log.Waits(logger, options.Value.Name, failure.GetBaseException().Message));
        while (true)
        {
            await turn.WaitAsync(TimeSpan.FromDays(1), stoppingToken);
            if (duty.IsWorking)
                await retry.ExecuteAsync(async token => await AskAsync(client, token), stoppingToken);
        }
    }

    private async Task AskAsync(IRequestClient<RegionEpisodeRequested> client, CancellationToken cancellationToken)
    {
        var answer = await client.GetResponse<RegionEpisodeTold>(new RegionEpisodeRequested(options.Value.Name), cancellationToken);
        lock (gate)
            (told, answered) = (answer.Message.Open is null ? null : answer.Message, true);
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Debug, Message = "Whether an episode of region {Region} is open is not known yet: {Reason}")]
        public static partial void Waits(ILogger logger, string region, string reason);
    }
}
