using System.ComponentModel;
using System.Security.Claims;
using LastMile.Events.Hosting;
using LastMile.Events.Invalidator.Api.Access;
using LastMile.Events.Invalidator.Purging;
using LastMile.Events.Invalidator.Receipts;
using LastMile.Events.Invalidator.Rules;
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
        .WithDescription("On answer the primary has applied the purge and every region is being told. Takes the scope purge; for prefix and all, purge-all.")
        .Produces<PurgeAccepted>(StatusCodes.Status202Accepted)
        .Produces<Receipt>()
        .ProducesProblem(StatusCodes.Status400BadRequest)
        .ProducesProblem(StatusCodes.Status413PayloadTooLarge)
        .ProducesProblem(StatusCodes.Status415UnsupportedMediaType)
        .ProducesProblem(StatusCodes.Status503ServiceUnavailable)
        .ProducesProblem(StatusCodes.Status504GatewayTimeout);

    private static async Task<IResult> PurgeAsync(
        [FromBody] PurgeRequest request,
        [Description("Answer when every known region has applied the purge (200), or when this time is over (504): 1ms to 5m, as 500ms, 5s or 2m.")] string? wait,
        [FromHeader(Name = "traceparent"), Description("The trace that the purge belongs to, as W3C Trace Context says.")] string? traceParent,
        ClaimsPrincipal user,
        HttpResponse response,
        RedisConnection redis,
        RuleCatalog rules,
        RequestedPurges purges,
        ReceiptBook receipts,
        IHostApplicationLifetime lifetime,
        CancellationToken cancellationToken)
    {
        var patience = TimeSpan.Zero;
        var fault = request.Reject(redis.Keys, rules.Current.Encoding) ?? (wait is null ? null : WaitTime.Read(wait, out patience));
        if (fault is not null)
            return Problems.Malformed(fault);
        var scope = request.IsOfNames ? Scopes.Purge : Scopes.PurgeAll;
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
        $"The purge is applied on the primary and has not arrived within {wait} in: {string.Join(", ", pending)}. It goes on; GET /purges/{id} tells.",
        statusCode: StatusCodes.Status504GatewayTimeout,
        extensions: new Dictionary<string, object?>(StringComparer.Ordinal) { ["id"] = id, ["pending"] = pending });
}

/// <summary>A purge that the primary has applied.</summary>
/// <param name="Id">The purge: GET /purges/{id} says where it has arrived.</param>
/// <param name="Epoch">The epoch of its watermark.</param>
/// <param name="Sequence">Its place in the epoch.</param>
internal sealed record PurgeAccepted(Guid Id, long Epoch, long Sequence);
