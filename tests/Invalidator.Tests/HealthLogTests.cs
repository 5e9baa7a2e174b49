using LastMile.Events.Hosting;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Invalidator.Tests;

public sealed class HealthLogTests : IDisposable
{
    private readonly FakeTimeProvider time = new();
    private readonly RecordedLog log = new();
    private readonly LoggerFactory loggers;
    private readonly HealthLog health;

    public HealthLogTests()
    {
        loggers = new LoggerFactory([log]);
        health = new HealthLog(Options.Create(new HealthLogOptions()), time, loggers.CreateLogger<HealthLog>());
    }

    public void Dispose() => loggers.Dispose();

    [Fact]
    public async Task A_server_that_answers_before_the_start_deadline_is_not_logged()
    {
        await PublishAsync(HealthStatus.Unhealthy, "postgres has not answered yet");
        time.Advance(TimeSpan.FromSeconds(14));
        await PublishAsync(HealthStatus.Unhealthy, "postgres has not answered yet");
        await PublishAsync(HealthStatus.Healthy);
        time.Advance(TimeSpan.FromSeconds(14));
        await PublishAsync(HealthStatus.Healthy);

        Assert.Empty(log.Lines);
    }

    [Fact]
    public async Task A_server_that_has_not_answered_by_the_start_deadline_is_logged_once()
    {
        await PublishAsync(HealthStatus.Unhealthy, "postgres has not answered yet");
        time.Advance(TimeSpan.FromSeconds(15));
        await PublishAsync(HealthStatus.Unhealthy, "postgres has not answered yet");
        await PublishAsync(HealthStatus.Unhealthy, "postgres does not answer");
        await PublishAsync(HealthStatus.Healthy);

        Assert.Equal(["Error: postgres is unhealthy: postgres has not answered yet", "Information: postgres is healthy again"], log.Lines);
    }

    [Fact]
    public async Task A_server_that_is_lost_during_the_start_is_logged_at_once()
    {
        await PublishAsync(HealthStatus.Healthy);
        await PublishAsync(HealthStatus.Unhealthy, "gone");
        await PublishAsync(HealthStatus.Unhealthy, "gone");
        await PublishAsync(HealthStatus.Healthy);

        Assert.Equal(["Error: postgres is unhealthy: gone", "Information: postgres is healthy again"], log.Lines);
    }

    [Fact]
    public async Task A_misconfiguration_is_logged_even_during_the_start()
    {
        await PublishAsync(HealthStatus.Degraded, "read-only");

        Assert.Equal(["Warning: postgres is degraded: read-only"], log.Lines);
    }

    private Task PublishAsync(HealthStatus status, string? description = null) => health.PublishAsync(
        new HealthReport(
            new Dictionary<string, HealthReportEntry>(StringComparer.Ordinal)
            {
                ["postgres"] = new(status, description, TimeSpan.Zero, exception: null, data: null),
            },
            TimeSpan.Zero),
        TestContext.Current.CancellationToken);
}
