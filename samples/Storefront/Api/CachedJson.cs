using System.Text.Json;
using Storefront.Cache;

namespace Storefront.Api;

/// <summary>Responses with JSON read through the cache.</summary>
internal static class CachedJson
{
    public static string? Serialize<T>(T? value)
        where T : class =>
        value is null ? null : JsonSerializer.Serialize(value, JsonSerializerOptions.Web);

    /// <summary>Returns the value, or 404 if there is none. <c>X-Cache</c> is <c>hit</c> or <c>miss</c>.</summary>
    public static IResult ToResult(this CacheRead read, HttpResponse response, string missing)
    {
        response.Headers["X-Cache"] = read.Hit ? "hit" : "miss";
        return read.Body is null
            ? Results.Problem(missing, statusCode: StatusCodes.Status404NotFound)
            : Results.Text(read.Body, "application/json");
    }
}
