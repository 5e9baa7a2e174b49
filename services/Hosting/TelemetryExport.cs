using Microsoft.Extensions.Configuration;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace LastMile.Events.Hosting;

/// <summary>
/// Exports telemetry to the endpoints in the variables of the OpenTelemetry specification: <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> for every
/// signal, or <c>OTEL_EXPORTER_OTLP_METRICS_ENDPOINT</c>, <c>…_TRACES_ENDPOINT</c> and <c>…_LOGS_ENDPOINT</c> for one. Without a
/// variable, nothing is exported.
/// </summary>
internal static class TelemetryExport
{
    private const string Prefix = "OTEL_EXPORTER_OTLP_";

    /// <summary>Adds an exporter for each signal that has an endpoint.</summary>
    /// <param name="telemetry">The service's telemetry.</param>
    /// <param name="configuration">The settings with the variables.</param>
    public static void ExportAsConfigured(this IOpenTelemetryBuilder telemetry, IConfiguration configuration)
    {
        if (configuration[Prefix + "ENDPOINT"] is { Length: > 0 })
        {
            telemetry.UseOtlpExporter();
            return;
        }

        // UseOtlpExporter sends a signal without an endpoint to localhost. AddOtlpExporter ignores the variables of a single signal.
        if (HasEndpoint("METRICS"))
            telemetry.WithMetrics(metrics => metrics.AddOtlpExporter(options => Apply(options, "METRICS")));
        if (HasEndpoint("TRACES"))
            telemetry.WithTracing(tracing => tracing.AddOtlpExporter(options => Apply(options, "TRACES")));
        if (HasEndpoint("LOGS"))
            telemetry.WithLogging(logging => logging.AddOtlpExporter(options => Apply(options, "LOGS")));

        bool HasEndpoint(string signal) => configuration[$"{Prefix}{signal}_ENDPOINT"] is { Length: > 0 };

        void Apply(OtlpExporterOptions options, string signal)
        {
            options.Endpoint = new Uri(configuration[$"{Prefix}{signal}_ENDPOINT"]!);
            if (configuration[$"{Prefix}{signal}_HEADERS"] is { Length: > 0 } headers)
                options.Headers = headers;
            if (configuration[$"{Prefix}{signal}_PROTOCOL"] is { Length: > 0 } protocol)
                options.Protocol = protocol == "http/protobuf" ? OtlpExportProtocol.HttpProtobuf : OtlpExportProtocol.Grpc;
        }
    }
}
