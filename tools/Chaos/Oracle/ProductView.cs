using System.Text.Json;

namespace LastMile.Events.Chaos.Oracle;

/// <summary>A product as the Storefront caches and returns it.</summary>
internal sealed record ProductView(int Id, string Slug, string Name, decimal Price, int CategoryId)
{
    // The names of properties differ in case between the cache and the responses.
    internal static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { RespectNullableAnnotations = true };

    public static ProductView Parse(string json) => JsonSerializer.Deserialize<ProductView>(json, Json)!;
}

/// <summary>A category and its first products, as the Storefront caches and returns them.</summary>
internal sealed record CategoryView(int Id, string Name, IReadOnlyList<ProductView> Products)
{
    public static CategoryView Parse(string json) => JsonSerializer.Deserialize<CategoryView>(json, ProductView.Json)!;
}
