using System.ComponentModel;

namespace LastMile.Events.Bench.Cache;

/// <summary>A cached product that all callers may share.</summary>
[ImmutableObject(true)]
internal sealed record Product(int Id, string Slug, string Name, decimal Price, int CategoryId)
{
    /// <summary>Returns a product for measurements without a database.</summary>
    public static Product Example(int id) => new(id, $"product-{id}", $"Product {id}", id % 1_000, id % 100);
}

/// <summary>A cached product that a caller may change, so each caller needs its own.</summary>
internal sealed class MutableProduct
{
    public int Id { get; set; }

    public string Slug { get; set; } = "";

    public string Name { get; set; } = "";

    public decimal Price { get; set; }

    public int CategoryId { get; set; }

    /// <summary>Returns a product for measurements without a database.</summary>
    public static MutableProduct Example(int id) =>
        new() { Id = id, Slug = $"product-{id}", Name = $"Product {id}", Price = id % 1_000, CategoryId = id % 100 };
}
