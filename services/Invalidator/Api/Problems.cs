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
    public static void Complete(ProblemDetailsContext context) => context.ProblemDetails.Detail ??= Text(context.ProblemDetails.Status);

    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (Explain(exception, httpContext.Request) is not var (status, detail))
            return false;

        await Results.Problem(detail, statusCode: status).ExecuteAsync(httpContext);
        return true;
    }

    private (int Status, string Detail)? Explain(Exception exception, HttpRequest request) => exception switch
    {
        BadHttpRequestException { InnerException: JsonException json } bad =>
            (bad.StatusCode, $"The body can't be read at {json.Path ?? "$"}, line {json.LineNumber + 1}: it must be JSON of the form that /openapi/v1.json shows, without other members."),
        // Not the exception's own message, which names types of this program. Parameters were checked before; so a body is missing.
        BadHttpRequestException { StatusCode: StatusCodes.Status400BadRequest } when HttpMethods.IsPost(request.Method) => (StatusCodes.Status400BadRequest, PurgeRequest.Missing),
        BadHttpRequestException bad => (bad.StatusCode, Text(bad.StatusCode) ?? Text(StatusCodes.Status400BadRequest)!),
        ServerAwayException away => (StatusCodes.Status503ServiceUnavailable, away.Message),
        NpgsqlException failure => (StatusCodes.Status503ServiceUnavailable, postgres.DoesNotAnswer(failure) + "."),
        _ => null,
    };

    private static string? Text(int? status) => status switch
    {
        StatusCodes.Status400BadRequest => "The request cannot be read. /openapi/v1.json shows the form of its parameters and its body.",
        StatusCodes.Status404NotFound => "There is nothing at this address. /openapi/v1.json lists what there is.",
        StatusCodes.Status405MethodNotAllowed => "This address takes another method. /openapi/v1.json lists what there is.",
        StatusCodes.Status413PayloadTooLarge => $"The body is larger than {ApiRegistration.MaxBodyBytes:N0} bytes. Send several requests.",
        StatusCodes.Status415UnsupportedMediaType => "Declare the body as Content-Type: application/json.",
        StatusCodes.Status500InternalServerError => "The Invalidator failed on this request. Its log has the error.",
        _ => null,
    };
}
