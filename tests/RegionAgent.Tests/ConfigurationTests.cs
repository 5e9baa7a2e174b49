using LastMile.Events.Hosting;
using LastMile.Events.RegionAgent.Configuration;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Xunit;

namespace RegionAgent.Tests;

public sealed class ConfigurationTests
{
    [Fact]
    public async Task Usage_telemetry_of_the_bus_library_is_disabled()
    {
        await using var app = RunningAgent.Build(new LogLines());

        Assert.False(app.Services.GetRequiredService<IOptions<UsageTelemetryOptions>>().Value.Enabled);
    }

    [Fact]
    public async Task A_wrong_configuration_stops_the_service_and_reports_every_error()
    {
        var log = new LogLines();
        var app = RunningAgent.Build(
            log,
            ("Region:Name", "ams eu"),
            ("Region:Topology", "Ring"),
            ("Region:WarnAfter", "soon"),
            ("Region:CriticalAfter", "00:00:01"),
            ("Region:BusSilentAfter", "00:00:01"),
            ("Region:RepairAfter", "00:10:01"),
            ("Region:OnLostPurges", "Ignore"),
            ("Region:ObservePeriod", "00:00:00"),
            ("Region:LongestEntryLifetime", "900ms"),
            ("RabbitMq:Uri", "localhost"));

        var code = await app.RunServiceAsync();

        Assert.Equal(2, code);
        var line = Assert.Single(log.Lines, line => line.Contains("configuration is invalid", StringComparison.Ordinal));
        Assert.Contains("Region:Name must be 1 to 64 letters, digits, '-' or '_'; it is 'ams eu'.", line, StringComparison.Ordinal);
        Assert.Contains("Region:Topology must be one of Replicated, Independent, ReadOnly; it is 'Ring'.", line, StringComparison.Ordinal);
        Assert.Contains("Region:WarnAfter must be a duration", line, StringComparison.Ordinal);
        Assert.Contains(
            "Region:CriticalAfter must be more than WarnAfter (500ms) and DownAfter (2s); it is 1s.",
            line,
            StringComparison.Ordinal);
        Assert.Contains("Region:BusSilentAfter must be 2s to 10m; it is 1s.", line, StringComparison.Ordinal);
        Assert.Contains("Region:RepairAfter must be 1ms to 10m, or 0 for never; it is 601s.", line, StringComparison.Ordinal);
        Assert.Contains("Region:OnLostPurges must be one of Drop, Alert; it is 'Ignore'.", line, StringComparison.Ordinal);
        Assert.Contains("Region:ObservePeriod must be 100ms to 10s; it is 0.", line, StringComparison.Ordinal);
        Assert.Contains(
            "Region:LongestEntryLifetime must be 1s to 366d; it is 900ms.", line, StringComparison.Ordinal);
        Assert.Contains("RabbitMq:Uri must be", line, StringComparison.Ordinal);
        Assert.Contains("Redis:ConnectionString must be", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wrong_access_to_the_log_is_reported_without_the_key()
    {
        var log = new LogLines();
        var app = RunningAgent.Build(
            log,
            ("Region:Name", "ams"),
            ("Region:Lineages:0:LogAddress", "http://one:8080,two"),
            ("Region:Lineages:1:Name", "my shop"),
            ("Region:Lineages:1:LogApiKey", "secret key"),
            ("Region:Lineages:2:LogAddress", "http://one:8080, https://two:8080"),
            ("Region:Lineages:2:LogCaCertificate", "missing.pem"),
            ("Redis:ConnectionString", "somewhere:6379"),
            ("RabbitMq:Uri", "amqp://somewhere"));

        Assert.Equal(2, await app.RunServiceAsync());

        var line = Assert.Single(log.Lines, line => line.Contains("configuration is invalid", StringComparison.Ordinal));
        foreach (var error in (string[])
            [
                "Region:Lineages:0:LogAddress must be one or more addresses of Invalidators",
                "Region:Lineages:1:Name must be 1 to 32 letters, digits, '-' or '_'; it is 'my shop'.",
                "Region:Lineages:1:LogApiKey must be printable ASCII without spaces.",
                "Region:Lineages:1:LogAddress is missing, but LogApiKey is set.",
                "Region:Lineages:2:LogCaCertificate must be a PEM file of certificates; missing.pem can't be read",
                "Region:Lineages:2:LogCaCertificate is set without TLS.",
                "Region:Lineages contains 'main' 2 times. Remove the repetition.",
            ])
        {
            Assert.Contains(error, line, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("secret key", line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ReadOnly", null, null, "Region:PrimaryConnectionString must be host:port")]
    [InlineData("ReadOnly", "primary:6379", "http://one:8080", "Region:Lineages:0:LogAddress is set, but a read-only region needs no log.")]
    [InlineData("Replicated", "primary:6379", null, "only an agent with Region:Topology ReadOnly writes to the primary. Remove it")]
    [InlineData("Independent", "primary:6379", null, "only an agent with Region:Topology ReadOnly writes to the primary. Remove it")]
    public async Task Only_a_read_only_region_has_a_primary(string topology, string? primary, string? log, string error)
    {
        var lines = new LogLines();
        var app = RunningAgent.Build(
            lines,
            [
                ("Region:Name", "ams"),
                ("Region:Topology", topology),
                ("Region:PrimaryConnectionString", primary ?? ""),
                .. log is null ? Array.Empty<(string, string)>() : [("Region:Lineages:0:LogAddress", log)],
                ("Redis:ConnectionString", "somewhere:6379"),
                ("RabbitMq:Uri", "amqp://somewhere"),
            ]);

        Assert.Equal(2, await app.RunServiceAsync());

        var line = Assert.Single(lines.Lines, line => line.Contains("configuration is invalid", StringComparison.Ordinal));
        Assert.Contains(error, line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_setting_is_rejected_with_the_closest_known_name()
    {
        var log = new LogLines();
        var app = RunningAgent.Build(
            log,
            ("Region:Name", "ams"),
            ("Region:WarnAfer", "1s"),
            ("Regions:Topology", "Independent"),
            ("Redis:ConnectionString", "somewhere:6379"),
            ("RabbitMq:Uri", "amqp://somewhere"),
            ("RabbitMq:Url", "amqp://somewhere"));

        Assert.Equal(2, await app.RunServiceAsync());

        var line = Assert.Single(log.Lines, line => line.Contains("configuration is invalid", StringComparison.Ordinal));
        Assert.Contains("Region:WarnAfer is not a setting. Did you mean Region:WarnAfter?", line, StringComparison.Ordinal);
        Assert.Contains("Regions is not a section of the configuration. Did you mean Region?", line, StringComparison.Ordinal);
        Assert.Contains("RabbitMq:Url is not a setting. Did you mean RabbitMq:Uri?", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_duration_may_have_a_unit_or_the_format_of_TimeSpan()
    {
        await using var app = RunningAgent.Build(
            new LogLines(),
            ("Region:Name", "ams"),
            ("Region:WarnAfter", "1s"),
            ("Region:CriticalAfter", "1m"),
            ("Region:RecoverAfter", "250ms"),
            ("Region:DownAfter", "00:00:03"),
            ("Region:RepairAfter", "0"));

        var options = app.Services.GetRequiredService<IOptions<RegionOptions>>().Value;

        Assert.Equal(
            "00:00:01 00:01:00 00:00:00.2500000 00:00:03 00:00:00",
            $"{options.WarnAfter} {options.CriticalAfter} {options.RecoverAfter} {options.DownAfter} {options.RepairAfter}");
    }
}
