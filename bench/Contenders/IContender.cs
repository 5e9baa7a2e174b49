namespace LastMile.Events.Bench.Contenders;

/// <summary>A way to delete a product's key in every region after a change of the product.</summary>
internal interface IContender : IAsyncDisposable
{
    string Name { get; }

    /// <summary>Changes a product. Its <see cref="ProductKey"/> is deleted in every region some time later.</summary>
    /// <param name="product">The product's id.</param>
    /// <param name="committed">Called when the commit has returned.</param>
    /// <param name="cancellationToken">Cancels the change.</param>
    /// <returns>Completes when the writer is done, including any publishing.</returns>
    Task ChangeAsync(int product, Action committed, CancellationToken cancellationToken);
}

/// <summary>The cache key of a product. Contenders take turns, so all of them use the same keys.</summary>
internal static class ProductKey
{
    private const string Prefix = "product:";

    public static string Of(int product) => $"{Prefix}{product}";

    /// <summary>Returns the product of a key; null for another kind of key.</summary>
    public static int? ProductOf(string key) =>
        key.StartsWith(Prefix, StringComparison.Ordinal) && int.TryParse(key.AsSpan(Prefix.Length), out var product) ? product : null;
}
