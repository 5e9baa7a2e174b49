using Microsoft.AspNetCore.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Storefront.Api;

/// <summary>Maps database errors to problem responses: 409, 422, or 503 while the database does not answer.</summary>
internal sealed class DatabaseProblems(IProblemDetailsService problems) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        var cause = exception is DbUpdateException or InvalidOperationException ? exception.InnerException : exception;
        if (Describe(cause) is not var (status, detail))
            return false;

        httpContext.Response.StatusCode = status;
        return await problems.TryWriteAsync(new() { HttpContext = httpContext, ProblemDetails = { Status = status, Detail = detail } });
    }

    private static (int Status, string Detail)? Describe(Exception? exception) => exception switch
    {
        PostgresException { SqlState: PostgresErrorCodes.UniqueViolation } =>
            (StatusCodes.Status409Conflict, "Another product has this slug."),
        PostgresException { SqlState: PostgresErrorCodes.ForeignKeyViolation } =>
            (StatusCodes.Status422UnprocessableEntity, "The category does not exist."),
        NpgsqlException { IsTransient: true } =>
            (StatusCodes.Status503ServiceUnavailable, "The database does not answer. Try again in a moment."),
        _ => null,
    };
}
