namespace LastMile.Events.Bench.Contenders;

/// <summary>A way from a committed change to a key that is gone in every region.</summary>
internal interface IContender : IAsyncDisposable
{
    string Name { get; }

    /// <summary>Changes a product, so that <see cref="ProductKey"/> of it goes in every region some time later.</summary>
    /// <param name="product">Its id.</param>
    /// <param name="committed">Called when the commit has returned.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Ends when the writer is done with it, publishing included.</returns>
    Task ChangeAsync(int product, Action committed, CancellationToken cancellationToken);
}

/// <summary>The cache key of a product, the same for every contender: they take turns.</summary>
internal static class ProductKey
{
    private const string Prefix = "product:";

    public static string Of(int product) => $"{Prefix}{product}";

    /// <summary>The product of a key; null when it is another kind of key.</summary>
    public static int? ProductOf(string key) =>
        key.StartsWith(Prefix, StringComparison.Ordinal) && int.TryParse(key.AsSpan(Prefix.Length), out var product) ? product : null;
}
