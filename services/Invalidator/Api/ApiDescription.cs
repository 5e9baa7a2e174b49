using LastMile.Events.Invalidator.Api.Access;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace LastMile.Events.Invalidator.Api;

/// <summary>Adds the API's title and each operation's required key and scope to the OpenAPI document.</summary>
internal static class ApiDescription
{
    private const string BearerScheme = "bearer";
    private const string HeaderScheme = "header";

    public static void Describe(OpenApiOptions document)
    {
        document.ShouldInclude = endpoint => endpoint.RelativePath?.StartsWith("health/", StringComparison.Ordinal) != true;
        document.AddDocumentTransformer((api, _, _) =>
        {
            api.Info = new OpenApiInfo
            {
                Title = "LastMile Events: Invalidator",
                Version = "v1",
                Description = "Purges on request and reports where purges have arrived. Errors are problem details (RFC 9457).",
            };
            api.Components ??= new OpenApiComponents();
            api.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>(StringComparer.Ordinal)
            {
                [BearerScheme] = new OpenApiSecurityScheme
                {
                    Type = SecuritySchemeType.Http,
                    Scheme = "bearer",
                    Description = "A key from Api:Keys.",
                },
                [HeaderScheme] = new OpenApiSecurityScheme
                {
                    Type = SecuritySchemeType.ApiKey,
                    In = ParameterLocation.Header,
                    Name = ApiKeyHandler.KeyHeader,
                    Description = "A key from Api:Keys.",
                },
            };
            return Task.CompletedTask;
        });
        document.AddOperationTransformer((operation, context, _) =>
        {
            var metadata = context.Description.ActionDescriptor.EndpointMetadata;
            if (metadata.OfType<IAuthorizeData>().FirstOrDefault() is not { Policy: { } scope })
                return Task.CompletedTask;

            operation.Security = [Requires(BearerScheme, context.Document), Requires(HeaderScheme, context.Document)];
            operation.Responses ??= [];
            operation.Responses["401"] = new OpenApiResponse { Description = "No API key, or an unknown one" };
            operation.Responses["403"] = new OpenApiResponse
            {
                Description = $"The API key lacks scope '{scope}', or no key is configured and the request does not come from this machine",
            };
            return Task.CompletedTask;
        });
    }

    private static OpenApiSecurityRequirement Requires(string scheme, OpenApiDocument? document) =>
        new() { [new OpenApiSecuritySchemeReference(scheme, document)] = [] };
}
