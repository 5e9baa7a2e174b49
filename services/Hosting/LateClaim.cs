using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LastMile.Events.Hosting;

/// <summary>
/// Stops a service that has joined another database's bus. An agent can do so when it starts before its region has replicated the identity
/// of its own database. After a restart, the agent knows the identity and stays off the bus.
/// </summary>
internal sealed partial class LateClaim(BrokerGate gate, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<LateClaim> logger)
    : BackgroundService
{
    /// <summary>The exit code of a service that must be restarted.</summary>
    public const int ExitCode = 3;

    private static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(CheckInterval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await gate.ClaimAsync(stoppingToken);
            }
            catch (BusHeldException held)
            {
                Log.Foreign(logger, held.Message);
                Environment.ExitCode = ExitCode;
                lifetime.StopApplication();
                return;
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                Log.NotClaimed(logger, failure.GetBaseException().Message);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            Level = LogLevel.Critical,
            Message = "{Reason} The service joined the bus before it knew its database, so it stops now. Restart it")]
        public static partial void Foreign(ILogger logger, string reason);

        [LoggerMessage(Level = LogLevel.Debug, Message = "The claim of a lineage failed and will be retried: {Reason}")]
        public static partial void NotClaimed(ILogger logger, string reason);
    }
}
