using System.Security.Claims;
using System.Text.Encodings.Web;
using LastMile.Events.Hosting;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Options;

namespace LastMile.Events.Invalidator.Api.Access;

/// <summary>Identifies a request by its key, or, where no key is configured, by its coming from this machine and naming it. Says what is missing.</summary>
internal sealed class ApiKeyHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder, ApiKeys keys, IOptions<ApiOptions> api)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    public const string SchemeName = "ApiKey";
    public const string KeyHeader = "X-Api-Key";

    private const string Bearer = "Bearer ";
    private const string SetKeys = " Set Api:Keys:0:Name, Api:Keys:0:Key and Api:Keys:0:Scopes:0, and send the key.";
    private const int ShownLength = 60;

    protected override Task<AuthenticateResult> HandleAuthenticateAsync() => Task.FromResult(
        Known() is { } user ? AuthenticateResult.Success(new AuthenticationTicket(user, SchemeName)) : AuthenticateResult.NoResult());

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        if (keys.AreNone)
        {
            return RespondAsync(
                StatusCodes.Status403Forbidden,
                (LocalRequest.IsFromThisMachine(Context) ? OtherHost() : "No API key is configured, so only this machine may ask.") + SetKeys);
        }

        Response.Headers.WWWAuthenticate = "Bearer";
        return RespondAsync(
            StatusCodes.Status401Unauthorized,
            (Given() is null ? "A key is needed" : "The key is unknown") + $": send one of Api:Keys as 'Authorization: Bearer …' or '{KeyHeader}: …'.");
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) =>
        Refusal(Context.User, Context.GetEndpoint()?.Metadata.GetMetadata<IAuthorizeData>()?.Policy ?? "").ExecuteAsync(Context);

    /// <summary>The answer to a key that is not good for what it was used for.</summary>
    public static IResult Refusal(ClaimsPrincipal user, string scope) => Results.Problem(
        $"The key '{user.Identity?.Name}' has not the scope {scope}. Use another, or add the scope to its Api:Keys:…:Scopes.",
        statusCode: StatusCodes.Status403Forbidden);

    private string OtherHost() =>
        $"No API key is configured, so only this machine may ask, by its own names; the request names the host '{Truncation.Of(Request.Host.Host, ShownLength)}'. Use localhost or a loopback address, or add the name to Api:Hosts. Or work with keys.";

    private ClaimsPrincipal? Known() => keys switch
    {
        { AreNone: true } => LocalRequest.IsFromThisMachine(Context) && LocalRequest.NamesThisMachine(Request, api.Value.Hosts) ? ApiKeys.Anybody : null,
        _ => Given() is { } given ? keys.Find(given) : null,
    };

    private string? Given()
    {
        var authorization = Request.Headers.Authorization.ToString();
        return authorization.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) ? authorization[Bearer.Length..].Trim()
            : Request.Headers.TryGetValue(KeyHeader, out var key) ? key.ToString()
            : null;
    }

    private Task RespondAsync(int status, string detail) => Results.Problem(detail, statusCode: status).ExecuteAsync(Context);
}
