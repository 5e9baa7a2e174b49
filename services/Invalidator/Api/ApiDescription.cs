using LastMile.Events.Invalidator.Api.Access;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace LastMile.Events.Invalidator.Api;

/// <summary>What the OpenAPI document says besides the endpoints: what it is of, and which key an operation takes.</summary>
internal static class ApiDescription
{
    private const string BearerScheme = "bearer";
    private const string HeaderScheme = "header";

    public static void Describe(OpenApiOptions document)
    {
        document.ShouldInclude = endpoint => endpoint.RelativePath?.StartsWith("health/", StringComparison.Ordinal) != true;
        document.AddDocumentTransformer((api, _, _) =>
        {
            api.Info = new OpenApiInfo { Title = "LastMile Events: Invalidator", Version = "v1", Description = "Purge on request, and ask where purges have arrived. Errors are problem details (RFC 9457)." };
            api.Components ??= new OpenApiComponents();
            api.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>(StringComparer.Ordinal)
            {
                [BearerScheme] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "A key of Api:Keys." },
                [HeaderScheme] = new OpenApiSecurityScheme { Type = SecuritySchemeType.ApiKey, In = ParameterLocation.Header, Name = ApiKeyHandler.KeyHeader, Description = "A key of Api:Keys." },
            };
            return Task.CompletedTask;
        });
        document.AddOperationTransformer((operation, context, _) =>
        {
            if (context.Description.ActionDescriptor.EndpointMetadata.OfType<IAuthorizeData>().FirstOrDefault() is not { Policy: { } scope })
                return Task.CompletedTask;

            operation.Security = [Takes(BearerScheme, context.Document), Takes(HeaderScheme, context.Document)];
            operation.Responses ??= [];
            operation.Responses["401"] = new OpenApiResponse { Description = "No key, or an unknown one" };
            operation.Responses["403"] = new OpenApiResponse { Description = $"A key without the scope {scope}; or no key is configured and the request is not from this machine" };
            return Task.CompletedTask;
        });
    }

    private static OpenApiSecurityRequirement Takes(string scheme, OpenApiDocument? document) =>
        new() { [new OpenApiSecuritySchemeReference(scheme, document)] = [] };
}
