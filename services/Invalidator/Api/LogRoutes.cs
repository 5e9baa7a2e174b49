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
            .RequireAuthorization(Scopes.AnyLog)
            .WithName("PurgeLog")
            .WithTags("Purges")
            .WithSummary("Returns the purges after a watermark, in order")
            .WithDescription("Requires scope read or log.")
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
        [Description("If the log has no batch after the watermark, responds when it has one, or with an empty page after this time: "
            + "1ms to 5m, as in 500ms.")]
        string? wait,
        HttpResponse response,
        LogPages log,
        LogWatch watch,
        IWatermarkMonitor monitor,
        IHostApplicationLifetime lifetime,
        CancellationToken cancellationToken)
    {
        var (from, patience) = (default(Watermark), TimeSpan.Zero);
        if (after is not null && !Watermark.TryParse(after, out from))
        {
            return Problems.Malformed(
                $"after must be a watermark, such as 3-1042 for sequence 1042 of epoch 3; it is '{Truncation.Of(after, 40)}'.");
        }

        if (limit is < 1 or > MostBatches)
            return Problems.Malformed($"limit must be 1 to {MostBatches}; it is {limit}.");
        if (wait is not null && WaitTime.Read(wait, out patience) is { } fault)
            return Problems.Malformed(fault);

        var most = limit ?? DefaultBatches;
        var page = patience > TimeSpan.Zero
            ? await watch.ReadAsync(from, most, patience, lifetime.ApplicationStopping, cancellationToken)
            : await log.ReadAsync(new(from.Epoch, from.Sequence), upTo: null, most, cancellationToken);
        if (page is null)
            return TooMany(response);

        var reachesEnd = page is { IsFull: false, Batches.Count: > 0 };
        var newest = reachesEnd ? page.Batches[^1].Watermark : await log.ReadNewestAsync(cancellationToken);
        return Results.Ok(page.Batches.Count > 0
            ? PageOf(page, newest)
            : EmptyPage(page, after, from, newest, monitor.Watermark ?? default));
    }

    private static IResult TooMany(HttpResponse response)
    {
        response.Headers.RetryAfter = "1";
        return Results.Problem(
            $"{LogWatch.MaxWaiting} requests already wait for the purge log. Repeat the request later, or to another Invalidator.",
            statusCode: StatusCodes.Status503ServiceUnavailable);
    }

    private static PurgeLogPage PageOf(LogPage page, Watermark newest) => new(
        [.. page.Batches.Select(batch => batch.ToMessage())], page.Batches[^1].Watermark.ToString(), page.Complete, Text(newest));

    // A watermark beyond the log belongs to another database, or to this one before it was restored from a backup. The primary may be ahead
    // of the log by purges whose rows are not committed yet.
    private static PurgeLogPage EmptyPage(LogPage page, string? after, Watermark from, Watermark newest, Watermark primary) =>
        from > newest && from > primary
            ? new([], Text(newest), Complete: false, Text(newest))
            : new([], after, page.Complete, Text(newest));

    private static string? Text(Watermark watermark) => watermark == default ? null : watermark.ToString();
}

/// <summary>A page of the purge log.</summary>
/// <param name="Purges">The batches, in order.</param>
/// <param name="Next">The watermark to continue from; null while the log has none. An empty page is the end of the log.</param>
/// <param name="Complete">
/// Whether no purge after the requested watermark is missing from the log. False when some have expired, or when the log never reached that
/// watermark: it belongs to another database, or this one was restored from a backup.
/// </param>
/// <param name="Newest">
/// The newest watermark in the log, or the start of the newest epoch; null before the first epoch. Every region must reach it.
/// </param>
internal sealed record PurgeLogPage(IReadOnlyList<PurgeApplied> Purges, string? Next, bool Complete, string? Newest);
