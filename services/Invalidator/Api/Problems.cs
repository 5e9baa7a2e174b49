using System.Text.Json;
using LastMile.Events.Hosting;
using LastMile.Events.Invalidator.Configuration;
using LastMile.Events.Invalidator.Intake.Http;
using Microsoft.AspNetCore.Diagnostics;
using Npgsql;

namespace LastMile.Events.Invalidator.Api;

/// <summary>Turns errors into problem details that say what went wrong and what to do.</summary>
internal sealed class Problems([FromKeyedServices(Servers.Postgres)] Dependency postgres) : IExceptionHandler
{
    /// <summary>Returns the 400 response to an invalid request.</summary>
    public static IResult Malformed(string detail) => Results.Problem(detail, statusCode: StatusCodes.Status400BadRequest);

    /// <summary>Adds advice to responses for which the framework sets only the status.</summary>
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
            (
                bad.StatusCode,
                $"The body can't be read at {json.Path ?? "$"}, line {json.LineNumber + 1}. "
                    + "It must be JSON as described in /openapi/v1.json, without other members."
            ),
        // The exception's own message names internal types. The parameters were checked before, so the body is missing.
        BadHttpRequestException { StatusCode: StatusCodes.Status400BadRequest } when HttpMethods.IsPost(request.Method) =>
            (StatusCodes.Status400BadRequest, PurgeRequest.Missing),
        BadHttpRequestException bad => (bad.StatusCode, Text(bad.StatusCode) ?? Text(StatusCodes.Status400BadRequest)!),
        ServerUnavailableException unavailable => (StatusCodes.Status503ServiceUnavailable, unavailable.Message),
        NpgsqlException failure => (StatusCodes.Status503ServiceUnavailable, postgres.DoesNotAnswer(failure) + "."),
        _ => null,
    };

    private static string? Text(int? status) => status switch
    {
        StatusCodes.Status400BadRequest => "The request can't be read. /openapi/v1.json describes its parameters and body.",
        StatusCodes.Status404NotFound => "This address does not exist. /openapi/v1.json lists all addresses.",
        StatusCodes.Status405MethodNotAllowed => "This address does not support the method. /openapi/v1.json lists all addresses.",
        StatusCodes.Status413PayloadTooLarge => $"The body is larger than {ApiRegistration.MaxBodyBytes:N0} bytes. Send several requests.",
        StatusCodes.Status415UnsupportedMediaType => "Declare the body as Content-Type: application/json.",
        StatusCodes.Status500InternalServerError => "The Invalidator failed to process the request. Its log has the error.",
        _ => null,
    };
}
