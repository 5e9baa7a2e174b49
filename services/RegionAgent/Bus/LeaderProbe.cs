using LastMile.Events.Hosting;
using LastMile.Events.Messages;
using LastMile.Events.RegionAgent.Configuration;
using LastMile.Events.RegionAgent.Leadership;
using MassTransit;
using Microsoft.Extensions.Options;

namespace LastMile.Events.RegionAgent.Bus;

/// <summary>
/// Sends a probe to the region's queue when no other message has arrived from it for a second, and until this agent has read the queue's
/// backlog. The agent that receives a probe is active.
/// An agent that does not receive its own probes, though the broker confirmed them, was replaced. Also detects that this process was
/// suspended.
/// </summary>
internal sealed partial class LeaderProbe(
    LeadershipState leadership,
    IBusControl bus,
    IOptions<RegionOptions> options,
    TimeProvider time,
    ILogger<LeaderProbe> logger) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    // Shorter than the time after which the broker drops a silent connection and activates another consumer.
    private static readonly TimeSpan MaxPause = BusRegistration.Heartbeat;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        leadership.Changed += (_, _) => Report(leadership.IsLeading);
        var probing = ProbeAsync(stoppingToken);
        using var timer = new PeriodicTimer(Period, time);
        for (var last = time.GetTimestamp(); await timer.WaitForNextTickAsync(stoppingToken); last = time.GetTimestamp())
        {
            if (time.GetElapsedTime(last) > MaxPause)
                leadership.StepDown();
        }

        await probing;
    }

    private async Task ProbeAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            // After an outage of the bus, a probe proves nothing until this agent's consumer is back.
            if ((leadership.MessageAge < Period && leadership.HasReadBacklog) || !IsConsuming())
                continue;
            try
            {
                var queue = await bus.GetSendEndpoint(RegionQueue.AddressOf(options.Value.Name));
                var probe = new LeaderProbed(options.Value.Name, options.Value.AgentName) { Term = leadership.Term };
                await queue.Send(probe, send => send.TimeToLive = 5 * Period, stoppingToken).WaitAsync(5 * Period, time, stoppingToken);
                leadership.ProbeSent();
            }
            catch (Exception) when (!stoppingToken.IsCancellationRequested)
            {
                // An unreachable bus does not show which agent is active. Its health check reports the outage.
            }
        }
    }

    private bool IsConsuming() => bus.CheckHealth().Endpoints.Values.Any(endpoint =>
        endpoint.Status == BusHealthStatus.Healthy
            && endpoint.InputAddress.AbsolutePath.EndsWith('/' + RegionQueue.NameOf(options.Value.Name), StringComparison.Ordinal));

    private void Report(bool isActive)
    {
        if (isActive)
            Log.Active(logger, options.Value.Name);
        else
            Log.Standby(logger, options.Value.Name);
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "This agent is active for region {Region}")]
        public static partial void Active(ILogger logger, string region);

        [LoggerMessage(Level = LogLevel.Information, Message = "This agent is on standby: another agent is active for region {Region}")]
        public static partial void Standby(ILogger logger, string region);
    }
}

/// <summary>Receives probes: this agent's own and those of standby agents.</summary>
internal sealed class LeaderProbeConsumer(LeadershipState leadership) : IConsumer<LeaderProbed>
{
    public Task Consume(ConsumeContext<LeaderProbed> context)
    {
        leadership.ProbeReceived(context.Message.Term);
        return Task.CompletedTask;
    }
}
