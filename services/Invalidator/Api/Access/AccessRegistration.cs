using LastMile.Events.Hosting;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;

namespace LastMile.Events.Invalidator.Api.Access;

/// <summary>Keys, and a policy for each scope, by its name.</summary>
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
                policies.AddPolicy(scope, Takes(scope));
            policies.AddPolicy(Scopes.AnyPurge, Takes(Scopes.Purge, Scopes.PurgeAll));
        });
        return services;
    }

    private static AuthorizationPolicy Takes(params string[] scopes) =>
        new AuthorizationPolicyBuilder(ApiKeyHandler.SchemeName).RequireClaim(Scopes.Claim, scopes).Build();
}
