namespace LastMile.Events.Invalidator.Purging;

/// <summary>Logs at start that no primary is configured, and what that means.</summary>
internal sealed partial class WithoutPrimary(ILogger<WithoutPrimary> logger) : IHostedService
{
    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        Log.NoPrimary(logger);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static partial class Log
    {
        [LoggerMessage(
            Level = LogLevel.Information,
            Message = "Redis:ConnectionString is not set: the Invalidator works without a Redis primary. The database numbers the purges, "
                + "and only independent regions receive them")]
        public static partial void NoPrimary(ILogger logger);
    }
}
