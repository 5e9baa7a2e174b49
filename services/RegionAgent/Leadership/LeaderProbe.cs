using LastMile.Events.Hosting;
using LastMile.Events.Messages;
using LastMile.Events.RegionAgent.Expected;
using MassTransit;
using Microsoft.Extensions.Options;

namespace LastMile.Events.RegionAgent.Leadership;

/// <summary>
/// Calls into the region's queue when nothing else came from there for a second. Who hears it works; who is not heard by itself, though
/// the broker took the call, has been replaced. Watches, too, whether this process stands still.
/// </summary>
internal sealed partial class LeaderProbe(LeadershipState leadership, IBusControl bus, IOptions<RegionOptions> options, TimeProvider time, ILogger<LeaderProbe> logger) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    // Less than the broker gives a silent connection before it passes the queue on.
    private static readonly TimeSpan StoodStill = BusRegistration.Heartbeat;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        leadership.Changed += (_, _) => Report(leadership.IsLeading);
        var calling = CallAsync(stoppingToken);
        using var timer = new PeriodicTimer(Period, time);
        for (var last = time.GetTimestamp(); await timer.WaitForNextTickAsync(stoppingToken); last = time.GetTimestamp())
        {
            if (time.GetElapsedTime(last) > StoodStill)
                leadership.MarkUnproven();
        }

        await calling;
    }

    private async Task CallAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            // Before its own consumer is back after an outage of the bus, nobody hears.
            if (leadership.MessageAge < Period || !Listens())
                continue;
            try
            {
                var queue = await bus.GetSendEndpoint(RegionQueue.AddressOf(options.Value.Name));
                await queue.Send(new LeaderProbed(options.Value.Name, options.Value.AgentName), send => send.TimeToLive = 5 * Period, stoppingToken)
                    .WaitAsync(5 * Period, time, stoppingToken);
                leadership.Called();
            }
            catch (Exception) when (!stoppingToken.IsCancellationRequested)
            {
                // A bus that is down says nothing of who works; its health check tells.
            }
        }
    }

    private bool Listens() => bus.CheckHealth().Endpoints.Values.Any(
        endpoint => endpoint.Status == BusHealthStatus.Healthy && endpoint.InputAddress.AbsolutePath.EndsWith('/' + RegionQueue.NameOf(options.Value.Name), StringComparison.Ordinal));

    private void Report(bool works)
    {
        if (works)
            Log.Works(logger, options.Value.Name);
        else
            Log.StandsBy(logger, options.Value.Name);
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, Message = "This agent works for region {Region}")]
        public static partial void Works(ILogger logger, string region);

        [LoggerMessage(Level = LogLevel.Information, Message = "This agent stands by: another one works for region {Region}")]
        public static partial void StandsBy(ILogger logger, string region);
    }
}

/// <summary>Hears the calls, its own and those of agents that stand by.</summary>
internal sealed class LeaderProbeConsumer(LeadershipState leadership) : IConsumer<LeaderProbed>
{
    public Task Consume(ConsumeContext<LeaderProbed> context)
    {
        leadership.MessageReceived();
        return Task.CompletedTask;
    }
}
