using System.Text.Json;
using LastMile.Events.Hosting;
using Microsoft.AspNetCore.Diagnostics;
using Npgsql;

namespace LastMile.Events.Invalidator.Api;

/// <summary>Says as problem details what went wrong with a request, and what to do.</summary>
internal sealed class Problems([FromKeyedServices(Servers.Postgres)] Dependency postgres) : IExceptionHandler
{
    /// <summary>The answer to a request that breaks a rule.</summary>
    public static IResult Malformed(string detail) => Results.Problem(detail, statusCode: StatusCodes.Status400BadRequest);

    /// <summary>Says what to do where the framework answers with a bare status.</summary>
    public static void Complete(ProblemDetailsContext context) => context.ProblemDetails.Detail ??= context.ProblemDetails.Status switch
    {
        StatusCodes.Status404NotFound => "There is nothing at this address. /openapi/v1.json lists what there is.",
        StatusCodes.Status405MethodNotAllowed => "This address takes another method. /openapi/v1.json lists what there is.",
        StatusCodes.Status413PayloadTooLarge => $"The body is larger than {ApiRegistration.MaxBodyBytes:N0} bytes. Send several requests.",
        StatusCodes.Status415UnsupportedMediaType => "Declare the body as Content-Type: application/json.",
        _ => null,
    };

    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (Explain(exception) is not var (status, detail))
            return false;

        await Results.Problem(detail, statusCode: status).ExecuteAsync(httpContext);
        return true;
    }

    private (int Status, string Detail)? Explain(Exception exception) => exception switch
    {
        BadHttpRequestException { InnerException: JsonException json } bad =>
            (bad.StatusCode, $"The body can't be read at {json.Path ?? "$"}, line {json.LineNumber + 1}: it must be JSON of the form that /openapi/v1.json shows, without other members."),
        BadHttpRequestException bad => (bad.StatusCode, bad.Message),
        ServerAwayException away => (StatusCodes.Status503ServiceUnavailable, away.Message),
        NpgsqlException failure => (StatusCodes.Status503ServiceUnavailable, postgres.DoesNotAnswer(failure) + "."),
        _ => null,
    };
}
