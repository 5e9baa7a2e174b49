using LastMile.Events.Hosting;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Xunit;

namespace RegionAgent.Tests;

public sealed class ConfigurationTests
{
    [Fact]
    public async Task Nothing_is_told_to_the_makers_of_the_bus_library()
    {
        await using var app = RunningAgent.Build(new LogLines());

        Assert.False(app.Services.GetRequiredService<IOptions<UsageTelemetryOptions>>().Value.Enabled);
    }

    [Fact]
    public async Task A_wrong_configuration_ends_the_service_with_every_error_at_once()
    {
        var log = new LogLines();
        var app = RunningAgent.Build(
            log,
            ("Region:Name", "ams eu"),
            ("Region:Topology", "Ring"),
            ("Region:WarnAfter", "soon"),
            ("Region:CriticalAfter", "00:00:01"),
            ("Region:DeafAfter", "00:00:01"),
            ("Region:RepairAfter", "00:10:01"),
            ("Region:OnLostPurges", "Ignore"),
            ("Region:ObservePeriod", "00:00:00"),
            ("RabbitMq:Uri", "localhost"));

        var code = await app.RunServiceAsync();

        Assert.Equal(2, code);
        var line = Assert.Single(log.Lines, line => line.Contains("configuration is wrong", StringComparison.Ordinal));
        Assert.Contains("Region:Name must be 1 to 64 letters, digits, '-' or '_'; it is 'ams eu'.", line, StringComparison.Ordinal);
        Assert.Contains("Region:Topology must be one of Replicated, Independent; it is 'Ring'.", line, StringComparison.Ordinal);
        Assert.Contains("Region:WarnAfter must be a duration", line, StringComparison.Ordinal);
        Assert.Contains("Region:CriticalAfter must be more than WarnAfter (00:00:00.5000000) and DownAfter (00:00:02); it is 00:00:01.", line, StringComparison.Ordinal);
        Assert.Contains("Region:DeafAfter must be from 00:00:02 to 00:10:00; it is 00:00:01.", line, StringComparison.Ordinal);
        Assert.Contains("Region:RepairAfter must be from 00:00:00 to 00:10:00; it is 00:10:01.", line, StringComparison.Ordinal);
        Assert.Contains("Region:OnLostPurges must be one of Drop, Alert; it is 'Ignore'.", line, StringComparison.Ordinal);
        Assert.Contains("Region:ObservePeriod must be from 00:00:00.1000000 to 00:00:10; it is 00:00:00.", line, StringComparison.Ordinal);
        Assert.Contains("RabbitMq:Uri must be", line, StringComparison.Ordinal);
        Assert.Contains("Redis:ConnectionString must be", line, StringComparison.Ordinal);
    }
}
