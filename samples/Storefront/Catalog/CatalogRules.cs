namespace Storefront.Catalog;

/// <summary>The templates of keys and tags. The model and the readers share them, so they cannot disagree.</summary>
internal static class CatalogRules
{
    /// <summary>The key of one product.</summary>
    public const string Product = "product:{Id}";

    /// <summary>The key of a product that is read by its slug.</summary>
    public const string ProductBySlug = "product:slug:{Slug}";

    /// <summary>The tag of pages that show the products of a category.</summary>
    public const string ProductsOfCategory = "category:{CategoryId}";

    /// <summary>The key, and the tag, of one category.</summary>
    public const string Category = "category:{Id}";
}
