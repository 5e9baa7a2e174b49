using System.ComponentModel;
using LastMile.Events.Invalidator.Api.Access;
using LastMile.Events.Invalidator.Changes;
using LastMile.Events.Invalidator.Regions;

namespace LastMile.Events.Invalidator.Api;

/// <summary><c>/regions</c>: returns the state of the regions, and forgets regions that were taken down.</summary>
internal static class RegionRoutes
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/regions", ReadAsync)
            .RequireAuthorization(Scopes.Read)
            .WithName("Regions")
            .WithTags("Regions")
            .WithSummary("Returns the state of each region")
            .Produces<RegionList>()
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        routes.MapGet("/regions/{name}", FindAsync)
            .RequireAuthorization(Scopes.Read)
            .WithName("Region")
            .WithTags("Regions")
            .WithSummary("Returns the state of one region")
            .Produces<RegionView>()
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        routes.MapDelete("/regions/{name}", ForgetAsync)
            .RequireAuthorization(Scopes.PurgeAll)
            .WithName("ForgetRegion")
            .WithTags("Regions")
            .WithSummary("Forgets a region that was taken down")
            .WithDescription(
                "Until a region is forgotten, every request with wait waits for it. "
                + "A region whose agent still runs reappears within a second.")
            .Produces(StatusCodes.Status204NoContent)
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);
    }

    private static async Task<IResult> ReadAsync(KnownRegions regions, CancellationToken cancellationToken) =>
        Results.Ok(new RegionList(await regions.ViewAsync(cancellationToken)));

    private static async Task<IResult> FindAsync(
        [Description("The region's name.")] string name, KnownRegions regions, CancellationToken cancellationToken) =>
        (await regions.ViewAsync(cancellationToken)).FirstOrDefault(region => region.Name == name) is { } found
            ? Results.Ok(found)
            : Unknown(name);

    private static async Task<IResult> ForgetAsync(
        [Description("The region's name.")] string name, KnownRegions regions, CancellationToken cancellationToken) =>
        await regions.ForgetAsync(name, cancellationToken) ? Results.NoContent() : Unknown(name);

    private static IResult Unknown(string name) => Results.Problem(
        $"Region '{Truncation.Of(name, 60)}' is unknown. GET /regions lists the known regions.", statusCode: StatusCodes.Status404NotFound);
}

/// <summary>The known regions, ordered by name.</summary>
internal sealed record RegionList(IReadOnlyList<RegionView> Regions);
