using System.Text.Json;
using Storefront.Cache;

namespace Storefront.Api;

/// <summary>Answers with JSON that was read through the cache.</summary>
internal static class CachedJson
{
    public static string? Serialize<T>(T? value)
        where T : class =>
        value is null ? null : JsonSerializer.Serialize(value, JsonSerializerOptions.Web);

    /// <summary>The value, or 404; <c>X-Cache</c> says where it came from.</summary>
    public static IResult ToResult(this CacheRead read, HttpResponse response, string missing)
    {
        response.Headers["X-Cache"] = read.Hit ? "hit" : "miss";
        return read.Body is null
            ? Results.Problem(missing, statusCode: StatusCodes.Status404NotFound)
            : Results.Text(read.Body, "application/json");
    }
}
