using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using LastMile.Events.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using Xunit;

namespace Invalidator.Tests;

public sealed class TelemetryExportTests
{
    private const string Name = nameof(TelemetryExportTests);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("METRICS", "/own/path")]
    [InlineData("TRACES", "/own/path")]
    public async Task An_endpoint_of_one_signal_receives_that_signal_only(string signal, string path)
    {
        await using var receiver = await Receiver.StartAsync();

        await ExportAsync(
            ($"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT", receiver.Address + path),
            ($"OTEL_EXPORTER_OTLP_{signal}_PROTOCOL", "http/protobuf"));

        Assert.Equal([$"{path} {signal}"], receiver.Requests.Distinct(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_common_endpoint_receives_every_signal()
    {
        await using var receiver = await Receiver.StartAsync();

        await ExportAsync(("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.Address), ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"));

        Assert.Equal(
            ["/v1/metrics METRICS", "/v1/traces TRACES"],
            receiver.Requests.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Without_an_endpoint_nothing_is_exported()
    {
        var services = Services();
        var registrations = services.Count;

        services.AddOpenTelemetry().ExportAsConfigured(new ConfigurationBuilder().Build());

        Assert.Equal(registrations, services.Count);
    }

    private static ServiceCollection Services()
    {
        var services = new ServiceCollection();
        services.AddOpenTelemetry().WithMetrics(metrics => metrics.AddMeter(Name)).WithTracing(tracing => tracing.AddSource(Name));
        return services;
    }

    private static async Task ExportAsync(params (string Name, string Value)[] variables)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(variables.Select(variable => KeyValuePair.Create<string, string?>(variable.Name, variable.Value)))
            .Build();
        var services = Services();
        services.AddSingleton<IConfiguration>(configuration);
        services.AddOpenTelemetry().ExportAsConfigured(configuration);
        await using var provider = services.BuildServiceProvider();
        _ = provider.GetRequiredService<MeterProvider>();
        _ = provider.GetRequiredService<TracerProvider>();
        using var meter = new Meter(Name);
        meter.CreateCounter<long>("count").Add(1);
        using var source = new ActivitySource(Name);
        source.StartActivity("work")!.Dispose();
        provider.GetRequiredService<MeterProvider>().ForceFlush();
        provider.GetRequiredService<TracerProvider>().ForceFlush();
    }

    /// <summary>Accepts OTLP over HTTP, and distinguishes metrics and traces by the names in the request.</summary>
    private sealed class Receiver(WebApplication app) : IAsyncDisposable
    {
        public ConcurrentQueue<string> Requests { get; } = [];

        public string Address => app.Urls.Single();

        public static async Task<Receiver> StartAsync()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            var app = builder.Build();
            app.Urls.Add("http://127.0.0.1:0");
            var receiver = new Receiver(app);
            app.MapPost("/{**path}", async (HttpRequest request) =>
            {
                using var reader = new StreamReader(request.Body, System.Text.Encoding.Latin1);
                var signal = (await reader.ReadToEndAsync(Cancel)).Contains("count", StringComparison.Ordinal) ? "METRICS" : "TRACES";
                receiver.Requests.Enqueue($"{request.Path} {signal}");
            });
            await app.StartAsync(Cancel);
            return receiver;
        }

        public ValueTask DisposeAsync() => app.DisposeAsync();
    }
}
