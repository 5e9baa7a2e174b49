using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OpenTelemetry.Resources;

namespace LastMile.Events.Hosting;

/// <summary>The setup that all services of LastMile share: Redis, health, telemetry and startup.</summary>
public static partial class ServiceDefaults
{
    /// <summary>The name of the meter and of the activity source.</summary>
    public const string Telemetry = "LastMile";

    // Work in progress finishes sooner. Work that hangs, such as a bus stopped during its start, is abandoned: nothing is half-applied.
    private static readonly TimeSpan StopsWithin = TimeSpan.FromSeconds(5);

    /// <summary>Registers the clock, the Redis connection, health checks and telemetry.</summary>
    /// <param name="builder">The service's builder.</param>
    /// <param name="serviceName">The service's name in telemetry.</param>
    /// <param name="redisIsRequired">Whether <c>Redis:ConnectionString</c> must be set.</param>
    public static WebApplicationBuilder AddServiceDefaults(
        this WebApplicationBuilder builder, string serviceName, bool redisIsRequired = true)
    {
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        builder.Logging.AddSimpleConsole(console =>
        {
            console.SingleLine = true;
            console.TimestampFormat = "HH:mm:ss.fff ";
            console.UseUtcTimestamp = true;
        });
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = StopsWithin);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.ConfigureHttpJsonOptions(http => http.SerializerOptions.Converters.Add(new JsonStringEnumConverter()));

        builder.Services.AddSettings<RedisOptions>(RedisOptions.Section);
        builder.Services.Configure<RedisOptions>(redis => redis.IsRequired = redisIsRequired);
        builder.Services.AddSingleton<RedisConnection>();

        builder.Services.AddHostedService<IdleMemory>();

        builder.Services.AddHealthChecks();
        builder.Services.AddSingleton<IHealthCheckPublisher, HealthLog>();
        builder.Services.Configure<HealthCheckPublisherOptions>(publisher =>
            (publisher.Delay, publisher.Period) = (TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(2)));

        builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService(serviceName))
            .WithMetrics(metrics => metrics.AddMeter(Telemetry, "MassTransit", "Npgsql"))
            .WithTracing(tracing => tracing.AddSource(Telemetry, "MassTransit", "Npgsql"))
            .ExportAsConfigured(builder.Configuration);

        return builder;
    }

    /// <summary>Registers a server that the service uses, and its health check. Resolve it with its name as the key.</summary>
    /// <param name="services">The service's registrations.</param>
    /// <param name="name">The server, such as <c>postgres</c>.</param>
    /// <param name="setting">The setting with its address.</param>
    public static IServiceCollection AddDependency(this IServiceCollection services, string name, string setting)
    {
        var dependency = new Dependency(name, setting);
        services.AddKeyedSingleton(name, dependency);
        services.AddHealthChecks().AddCheck(name, dependency, tags: ["ready"]);
        return services;
    }

    /// <summary>
    /// Maps <c>/health/live</c> (the process runs) and <c>/health/ready</c>: 200 when every server answers, even if a check is degraded,
    /// or 503 with the reasons.
    /// </summary>
    /// <param name="app">The service.</param>
    public static WebApplication MapHealth(this WebApplication app)
    {
        // The first request creates the checks. Created here, they would need a valid configuration before it is validated.
        app.MapGet("/health/live", () => new { Status = HealthStatus.Healthy });
        app.MapGet("/health/ready", async (HealthCheckService health, CancellationToken cancellationToken) =>
        {
            var report = await health.CheckHealthAsync(cancellationToken);
            return Results.Json(
                new
                {
                    report.Status,
                    Checks = report.Entries.Select(entry => new
                    {
                        Name = entry.Key,
                        entry.Value.Status,
                        Description = entry.Value.Description ?? entry.Value.Exception?.Message,
                    }),
                },
                statusCode: report.Status == HealthStatus.Unhealthy ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK);
        });
        return app;
    }

    /// <summary>Runs the service until it stops.</summary>
    /// <param name="app">The service.</param>
    /// <returns>The exit code: 0, the code that the service set, or 2 after logging every error in the configuration.</returns>
    public static async Task<int> RunServiceAsync(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        try
        {
            // The host validates too, but only after it has created its workers, and those stop at their first error.
            app.Services.GetRequiredService<IStartupValidator>().Validate();
            await app.RunAsync();
            return Environment.ExitCode;
        }
        catch (Exception exception) when (ConfigurationErrors(exception) is { Count: > 0 } errors)
        {
            Log.InvalidConfiguration(app.Logger, string.Join(Environment.NewLine + "  ", errors));
            await app.DisposeAsync();
            return 2;
        }
    }

    private static List<string> ConfigurationErrors(Exception exception) =>
        [.. (exception is AggregateException several ? several.InnerExceptions : (IEnumerable<Exception>)[exception])
            .OfType<OptionsValidationException>()
            .SelectMany(invalid => invalid.Failures)];

    private static partial class Log
    {
        [LoggerMessage(
            Level = LogLevel.Critical,
            Message = "The configuration is invalid, so the service stops. "
                + "Set these in appsettings.json, or as environment variables with __ for each colon:\n  {Errors}")]
        public static partial void InvalidConfiguration(ILogger logger, string errors);
    }
}
