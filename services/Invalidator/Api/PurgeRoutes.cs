using System.ComponentModel;
using System.Security.Claims;
using LastMile.Events.Invalidator.Api.Access;
using LastMile.Events.Invalidator.Changes;
using LastMile.Events.Invalidator.Intake.Http;
using LastMile.Events.Invalidator.Regions;
using LastMile.Events.Invalidator.Rules;
using LastMile.Events.Redis;
using Microsoft.AspNetCore.Mvc;

namespace LastMile.Events.Invalidator.Api;

/// <summary><c>POST /purges</c>: purges on request.</summary>
internal static class PurgeRoutes
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/purges", PurgeAsync)
        .RequireAuthorization(Scopes.AnyPurge)
        .WithName("Purge")
        .WithTags("Purges")
        .WithSummary("Purges keys and tags, all keys of a prefix, or everything")
        .WithDescription(
            "The response means that the purge is logged, that the Redis primary, if there is one, has applied it, and that its "
            + "announcement to the regions has begun. "
            + "Requires scope purge; prefix and all require purge-all.")
        .Produces<PurgeAccepted>(StatusCodes.Status202Accepted)
        .Produces<Receipt>()
        .ProducesProblem(StatusCodes.Status400BadRequest)
        .ProducesProblem(StatusCodes.Status413PayloadTooLarge)
        .ProducesProblem(StatusCodes.Status415UnsupportedMediaType)
        .ProducesProblem(StatusCodes.Status503ServiceUnavailable)
        .ProducesProblem(StatusCodes.Status504GatewayTimeout);

    private static async Task<IResult> PurgeAsync(
        [FromBody] PurgeRequest request,
        [Description("Responds when every known region has applied the purge (200) or after this time (504): 1ms to 5m, as in 500ms.")]
        string? wait,
        [FromHeader(Name = "traceparent"), Description("The trace that the purge belongs to (W3C Trace Context).")] string? traceParent,
        ClaimsPrincipal user,
        HttpResponse response,
        RedisKeys keys,
        RuleCatalog rules,
        RequestedPurges purges,
        ReceiptBook receipts,
        IHostApplicationLifetime lifetime,
        CancellationToken cancellationToken)
    {
        var patience = TimeSpan.Zero;
        var fault = request.Reject(keys, rules.Current.Encoding) ?? (wait is null ? null : WaitTime.Read(wait, out patience));
        if (fault is not null)
            return Problems.Malformed(fault);
        var scope = request.ListsNames ? Scopes.Purge : Scopes.PurgeAll;
        if (!user.HasClaim(Scopes.Claim, scope))
            return ApiKeyHandler.Refusal(user, scope);

        var origins = new PurgeOrigins();
        origins.Add(traceParent, rules.Current.Encoding.Fit(request.Actor ?? user.Identity?.Name));
        var batch = await purges.PurgeAsync(request.ToOrder(origins), cancellationToken);
        var location = $"/purges/{batch.Id}";
        if (wait is null)
            return Results.Accepted(location, new PurgeAccepted(batch.Id, batch.Watermark.Epoch, batch.Watermark.Sequence));

        response.Headers.Location = location;
        var receipt = await receipts.WaitAsync(batch, patience, lifetime.ApplicationStopping, cancellationToken);
        return receipt.Pending is { Count: > 0 } pending ? NotYet(receipt.Id, wait, pending) : Results.Ok(receipt);
    }

    private static IResult NotYet(Guid id, string wait, IReadOnlyList<string> pending) => Results.Problem(
        $"The purge is logged and announced, but it did not arrive within {wait} in: {string.Join(", ", pending)}. "
        + $"The purge continues; GET /purges/{id} shows its progress.",
        statusCode: StatusCodes.Status504GatewayTimeout,
        extensions: new Dictionary<string, object?>(StringComparer.Ordinal) { ["id"] = id, ["pending"] = pending });
}

/// <summary>A purge that is logged.</summary>
/// <param name="Id">The purge's id: GET /purges/{id} returns where it has arrived.</param>
/// <param name="Epoch">The epoch of its watermark.</param>
/// <param name="Sequence">Its sequence in the epoch.</param>
internal sealed record PurgeAccepted(Guid Id, long Epoch, long Sequence);
