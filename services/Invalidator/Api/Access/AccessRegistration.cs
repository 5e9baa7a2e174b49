using LastMile.Events.Hosting;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;

namespace LastMile.Events.Invalidator.Api.Access;

/// <summary>Registers authentication by API key and an authorization policy for each scope, named after the scope.</summary>
internal static class AccessRegistration
{
    public static IServiceCollection AddAccess(this IServiceCollection services)
    {
        services.AddSettings<ApiOptions>(ApiOptions.Section);
        services.AddSingleton<ApiKeys>();
        services.AddAuthentication(ApiKeyHandler.SchemeName)
            .AddScheme<AuthenticationSchemeOptions, ApiKeyHandler>(ApiKeyHandler.SchemeName, configureOptions: null);
        services.AddAuthorization(policies =>
        {
            foreach (var scope in Scopes.All)
                policies.AddPolicy(scope, Requires(scope));
            policies.AddPolicy(Scopes.AnyLog, Requires(Scopes.Read, Scopes.Log));
            policies.AddPolicy(Scopes.AnyPurge, Requires(Scopes.Purge, Scopes.PurgeAll));
        });
        return services;
    }

    private static AuthorizationPolicy Requires(params string[] scopes) =>
        new AuthorizationPolicyBuilder(ApiKeyHandler.SchemeName).RequireClaim(Scopes.Claim, scopes).Build();
}
