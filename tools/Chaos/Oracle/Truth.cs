using System.Globalization;
using Npgsql;

namespace LastMile.Events.Chaos.Oracle;

/// <summary>The committed rows, and the values that cache keys should have.</summary>
internal sealed class Truth
{
    // The number of products on a page of the Storefront.
    private const int Page = 100;

    private readonly Dictionary<int, ProductView> products = [];
    private readonly Dictionary<string, ProductView> bySlug = new(StringComparer.Ordinal);
    private readonly Dictionary<int, string> categories = [];

    private Truth()
    {
    }

    public static async Task<Truth> ReadAsync(NpgsqlDataSource database, CancellationToken cancellationToken)
    {
        var truth = new Truth();
        await using var command = database.CreateCommand(
            "select id, slug, name, price, category_id from products order by id; select id, name from categories");
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var product = new ProductView(
                reader.GetInt32(0), reader.GetString(1), reader.GetString(2), reader.GetDecimal(3), reader.GetInt32(4));
            truth.products.Add(product.Id, product);
            truth.bySlug.Add(product.Slug, product);
        }

        await reader.NextResultAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            truth.categories.Add(reader.GetInt32(0), reader.GetString(1));
        return truth;
    }

    /// <summary>Whether a value matches the database.</summary>
    /// <param name="key">The cache key, such as <c>product:7</c>, <c>product:slug:p-7</c> or <c>category:3:products</c>.</param>
    /// <param name="body">The value; null if it is served as missing.</param>
    public bool Agrees(string key, string? body)
    {
        var parts = key.Split(':');
        return parts switch
        {
            ["product", "slug", var slug] => Agrees(bySlug.GetValueOrDefault(slug), body),
            ["product", var id] => Agrees(products.GetValueOrDefault(Number(id)), body),
            ["category", var id, "products"] => CategoryAgrees(Number(id), body),
            _ => throw new FormatException($"The oracle does not know the expected value of '{key}'."),
        };
    }

    private static bool Agrees(ProductView? product, string? body) => (body is null ? null : ProductView.Parse(body)) == product;

    private bool CategoryAgrees(int id, string? body)
    {
        if (body is null)
            return !categories.ContainsKey(id);
        var shown = CategoryView.Parse(body);
        var due = products.Values.Where(product => product.CategoryId == id).OrderBy(product => product.Id).Take(Page);
        return categories.TryGetValue(id, out var name) && shown.Name == name && shown.Products.SequenceEqual(due);
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
