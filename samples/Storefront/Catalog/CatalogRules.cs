namespace Storefront.Catalog;

/// <summary>The templates that the model declares and that readers take their keys and tags from: written once, they cannot disagree.</summary>
internal static class CatalogRules
{
    /// <summary>The key of one product.</summary>
    public const string Product = "product:{Id}";

    /// <summary>The key of a product that is asked for by its slug.</summary>
    public const string ProductBySlug = "product:slug:{Slug}";

    /// <summary>The tag of what shows the products of a category.</summary>
    public const string ProductsOfCategory = "category:{CategoryId}";

    /// <summary>The key, and the tag, of one category.</summary>
    public const string Category = "category:{Id}";
}
