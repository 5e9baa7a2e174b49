using System.ComponentModel;
using LastMile.Events.Invalidator.Api.Access;
using LastMile.Events.Invalidator.Receipts;

namespace LastMile.Events.Invalidator.Api;

/// <summary><c>/regions</c>: how the regions stand.</summary>
internal static class RegionRoutes
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/regions", ReadAsync)
            .RequireAuthorization(Scopes.Read)
            .WithName("Regions")
            .WithTags("Regions")
            .WithSummary("How does each region stand?")
            .Produces<RegionList>()
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        routes.MapGet("/regions/{name}", FindAsync)
            .RequireAuthorization(Scopes.Read)
            .WithName("Region")
            .WithTags("Regions")
            .WithSummary("How does one region stand?")
            .Produces<RegionView>()
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        routes.MapDelete("/regions/{name}", ForgetAsync)
            .RequireAuthorization(Scopes.PurgeAll)
            .WithName("ForgetRegion")
            .WithTags("Regions")
            .WithSummary("Forgets a region that was taken down")
            .WithDescription("Until then every purge waits for it. A region whose agent still runs is there again a second later.")
            .Produces(StatusCodes.Status204NoContent)
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);
    }

    private static async Task<IResult> ReadAsync(KnownRegions regions, CancellationToken cancellationToken) =>
        Results.Ok(new RegionList(await regions.ViewAsync(cancellationToken)));

    private static async Task<IResult> FindAsync(
        [Description("The region's name.")] string name, KnownRegions regions, CancellationToken cancellationToken) =>
        (await regions.ViewAsync(cancellationToken)).FirstOrDefault(region => region.Name == name) is { } found ? Results.Ok(found) : Unknown(name);

    private static async Task<IResult> ForgetAsync(
        [Description("The region's name.")] string name, KnownRegions regions, CancellationToken cancellationToken) =>
        await regions.ForgetAsync(name, cancellationToken) ? Results.NoContent() : Unknown(name);

    private static IResult Unknown(string name) => Results.Problem(
        $"No region '{Truncation.Of(name, 60)}' is known. GET /regions has those that are.", statusCode: StatusCodes.Status404NotFound);
}

/// <summary>The regions, by name.</summary>
internal sealed record RegionList(IReadOnlyList<RegionView> Regions);
