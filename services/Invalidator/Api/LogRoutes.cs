using System.ComponentModel;
using LastMile.Events.Invalidator.Api.Access;
using LastMile.Events.Invalidator.Changes;
using LastMile.Events.Invalidator.Configuration;
using LastMile.Events.Invalidator.Purging;
using LastMile.Events.Invalidator.Regions;
using LastMile.Events.Messages;
using LastMile.Events.Redis;
using Microsoft.Extensions.Options;

namespace LastMile.Events.Invalidator.Api;

/// <summary><c>GET /purges</c> reads the purge log; <c>GET /purges/{id}</c> returns the receipt of a purge.</summary>
internal static class LogRoutes
{
    private const int MostBatches = 1_000;
    private const int DefaultBatches = 100;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/purges/{id}", FindAsync)
            .RequireAuthorization(Scopes.Read)
            .WithName("Receipt")
            .WithTags("Purges")
            .WithSummary("Returns where a purge has arrived")
            .Produces<Receipt>()
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        routes.MapGet("/purges", ReadAsync)
            .RequireAuthorization(Scopes.Read)
            .WithName("PurgeLog")
            .WithTags("Purges")
            .WithSummary("Returns the purges after a watermark, in order")
            .Produces<PurgeLogPage>()
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);
    }

    private static async Task<IResult> FindAsync(
        [Description("The purge's id, as in POST /purges and PurgeApplied.")] Guid id,
        ReceiptBook receipts,
        IOptions<InvalidatorOptions> options,
        CancellationToken cancellationToken) =>
        await receipts.FindAsync(id, cancellationToken) is { } receipt
            ? Results.Ok(receipt)
            : Results.Problem(
                $"The purge log does not contain purge {id}. It keeps purges for {options.Value.LogRetention} (Invalidator:LogRetention).",
                statusCode: StatusCodes.Status404NotFound);

    private static async Task<IResult> ReadAsync(
        [Description("Returns batches after this watermark, given as epoch-sequence. Default: all batches in the log.")] string? after,
        [Description("The maximum number of batches: 1 to 1000, default 100. A page also ends after about 10,000 keys and tags.")]
        int? limit,
        LogPages log,
        IWatermarkMonitor monitor,
        CancellationToken cancellationToken)
    {
        var from = default(Watermark);
        if (after is not null && !Watermark.TryParse(after, out from))
        {
            return Problems.Malformed(
                $"after must be a watermark, such as 3-1042 for sequence 1042 of epoch 3; it is '{Truncation.Of(after, 40)}'.");
        }

        if (limit is < 1 or > MostBatches)
            return Problems.Malformed($"limit must be 1 to {MostBatches}; it is {limit}.");

        var page = await log.ReadAsync(new(from.Epoch, from.Sequence), upTo: null, limit ?? DefaultBatches, cancellationToken);
        if (page.Batches.Count > 0)
        {
            return Results.Ok(new PurgeLogPage(
                [.. page.Batches.Select(batch => batch.ToMessage())], page.Batches[^1].Watermark.ToString(), page.Complete));
        }

        // A watermark beyond the log belongs to another database, or to this one before it was restored from a backup. The primary may
        // be ahead of the log by purges whose rows are not committed yet.
        var newest = from > (monitor.Watermark ?? default) ? await log.ReadNewestAsync(cancellationToken) : from;
        return Results.Ok(from > newest
            ? new PurgeLogPage([], newest == default ? null : newest.ToString(), Complete: false)
            : new PurgeLogPage([], after, page.Complete));
    }
}

/// <summary>A page of the purge log.</summary>
/// <param name="Purges">The batches, in order.</param>
/// <param name="Next">The watermark to continue from; null while the log has none. An empty page is the end of the log.</param>
/// <param name="Complete">
/// Whether no purge after the requested watermark is missing from the log. False when some have expired, or when the log never reached that
/// watermark: it belongs to another database, or this one was restored from a backup.
/// </param>
internal sealed record PurgeLogPage(IReadOnlyList<PurgeApplied> Purges, string? Next, bool Complete);
