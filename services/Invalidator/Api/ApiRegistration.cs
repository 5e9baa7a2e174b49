using System.Text.Json.Serialization;
using LastMile.Events.Hosting;
using LastMile.Events.Invalidator.Api.Access;
using LastMile.Events.Invalidator.Intake.Http;
using LastMile.Events.Invalidator.Regions;
using LastMile.Events.Invalidator.Status;

namespace LastMile.Events.Invalidator.Api;

/// <summary>Registers the HTTP API: access, endpoints and the OpenAPI document.</summary>
internal static class ApiRegistration
{
    /// <summary>The largest request body, in bytes: enough for 5,000 keys of 1,024 bytes.</summary>
    public const int MaxBodyBytes = 8_000_000;

    public static WebApplicationBuilder AddApi(this WebApplicationBuilder builder)
    {
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = MaxBodyBytes);
        var services = builder.Services;

        services.AddAccess();

        services.AddProblemDetails(problems => problems.CustomizeProblemDetails = Problems.Complete);
        services.AddExceptionHandler<Problems>();
        // Without this, the response to an invalid request would lack the reason.
        services.Configure<RouteHandlerOptions>(handlers => handlers.ThrowOnBadRequest = true);
        services.ConfigureHttpJsonOptions(http =>
            (http.SerializerOptions.AllowDuplicateProperties, http.SerializerOptions.NumberHandling) = (false, JsonNumberHandling.Strict));

        services.AddSingleton<KnownRegions>();
        services.AddSingleton<ReceiptBook>();
        services.AddSingleton<RequestedPurges>();
        services.AddSingleton<StatusEndpoint>();

        services.AddOpenApi(ApiDescription.Describe);
        return builder;
    }

    public static WebApplication UseApi(this WebApplication app)
    {
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        app.UseAuthentication();
        app.UseAuthorization();
        app.UseStrictParameters();

        // Only v1 exists. For any other name, the framework would respond in plain text.
        app.MapOpenApi("/openapi/{documentName:regex(^v1$)}.json");
        PurgeRoutes.Map(app);
        LogRoutes.Map(app);
        RegionRoutes.Map(app);
        app.MapGet("/status", (StatusEndpoint status, CancellationToken cancellationToken) => status.GetAsync(cancellationToken))
            .RequireAuthorization(Scopes.Read)
            .WithName("Status")
            .WithTags("Status")
            .WithSummary("Returns the Invalidator's status");
        return app;
    }
}
