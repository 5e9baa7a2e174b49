using System.Security.Claims;
using System.Text.Encodings.Web;
using LastMile.Events.Hosting;
using LastMile.Events.Invalidator.Changes;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Options;

namespace LastMile.Events.Invalidator.Api.Access;

/// <summary>
/// Authenticates a request by its API key. While no key is configured, it accepts requests that come from this machine and name it as their
/// host. A rejection says what to change.
/// </summary>
internal sealed class ApiKeyHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options,
    ILoggerFactory loggers,
    UrlEncoder encoder,
    ApiKeys keys,
    IOptions<ApiOptions> api)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    public const string SchemeName = "ApiKey";
    public const string KeyHeader = "X-Api-Key";

    private const string Bearer = "Bearer ";
    private const string SetKeys = " Set Api:Keys:0:Name, Api:Keys:0:Key and Api:Keys:0:Scopes:0, and send the key.";
    private const int ShownLength = 60;

    protected override Task<AuthenticateResult> HandleAuthenticateAsync() => Task.FromResult(
        FindUser() is { } user ? AuthenticateResult.Success(new AuthenticationTicket(user, SchemeName)) : AuthenticateResult.NoResult());

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        if (keys.IsEmpty)
        {
            return RespondAsync(
                StatusCodes.Status403Forbidden,
                (LocalRequest.IsFromThisMachine(Context)
                    ? OtherHost()
                    : "No API key is configured, so only requests from this machine are allowed.") + SetKeys);
        }

        Response.Headers.WWWAuthenticate = "Bearer";
        return RespondAsync(
            StatusCodes.Status401Unauthorized,
            (SentKey() is null ? "The request has no API key." : "The API key is unknown.")
                + $" Send a key from Api:Keys as 'Authorization: Bearer …' or '{KeyHeader}: …'.");
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) =>
        Refusal(Context.User, Context.GetEndpoint()?.Metadata.GetMetadata<IAuthorizeData>()?.Policy ?? "").ExecuteAsync(Context);

    /// <summary>Returns the 403 response for a key that lacks a scope.</summary>
    public static IResult Refusal(ClaimsPrincipal user, string scope) => Results.Problem(
        $"API key '{user.Identity?.Name}' lacks scope '{scope}'. Use another key, or add the scope to this key's Api:Keys:…:Scopes.",
        statusCode: StatusCodes.Status403Forbidden);

    private string OtherHost() =>
        "No API key is configured, so requests must come from this machine and name it; the request names the host "
        + $"'{Truncation.Of(Request.Host.Host, ShownLength)}'. Use localhost or a loopback address, or add the name to Api:Hosts. "
        + "Or configure an API key.";

    private ClaimsPrincipal? FindUser() => keys switch
    {
        { IsEmpty: true } => LocalRequest.IsFromThisMachine(Context) && LocalRequest.NamesThisMachine(Request, api.Value.Hosts)
            ? ApiKeys.LocalUser
            : null,
        _ => SentKey() is { } sent ? keys.Find(sent) : null,
    };

    private string? SentKey()
    {
        var authorization = Request.Headers.Authorization.ToString();
        return authorization.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) ? authorization[Bearer.Length..].Trim()
            : Request.Headers.TryGetValue(KeyHeader, out var key) ? key.ToString()
            : null;
    }

    private Task RespondAsync(int status, string detail) => Results.Problem(detail, statusCode: status).ExecuteAsync(Context);
}
