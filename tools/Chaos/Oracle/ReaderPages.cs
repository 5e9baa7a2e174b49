using System.Globalization;
using System.Net;
using LastMile.Events.Chaos.Faults;
using LastMile.Events.Chaos.Load;

namespace LastMile.Events.Chaos.Oracle;

/// <summary>Reads pages of every Storefront process, which serves them from its memory, its region's Redis or the database.</summary>
internal sealed class ReaderPages(Scene scene, Shop shop) : IDisposable
{
    // Every page by id, and some by slug.
    private const int BySlug = 100;
    private const int AtOnce = 4;

    private readonly HttpClient http = new() { Timeout = TimeSpan.FromSeconds(5) };

    /// <summary>The number of pages read.</summary>
    public long Read { get; private set; }

    /// <summary>Returns a problem for each process that serves something else than the database has.</summary>
    public async Task<IReadOnlyList<string>> StaleAsync(Truth truth, CancellationToken cancellationToken)
    {
        var problems = await Task.WhenAll(scene.Readers.Select(reader => StaleAsync(reader, truth, cancellationToken)).ToArray());
        return [.. problems.OfType<string>()];
    }

    public void Dispose() => http.Dispose();

    private async Task<string?> StaleAsync(Reader reader, Truth truth, CancellationToken cancellationToken)
    {
        var stale = new List<string>();
        var pages = Pages().ToArray();
        Read += pages.Length;
        var options = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken };
        try
        {
            await Parallel.ForEachAsync(pages, options, async (page, token) =>
            {
                if (truth.Agrees(page.Key, await BodyAsync(reader, page.Path, token)))
                    return;
                lock (stale)
                    stale.Add(page.Key);
            });
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return $"{reader.Storefront.Name} does not answer: {e.Message}";
        }

        return stale.Count == 0 ? null : $"{reader.Storefront.Name} serves {stale.Count} stale keys: {string.Join(", ", stale.Take(5))}";
    }

    private IEnumerable<(string Key, string Path)> Pages()
    {
        foreach (var product in shop.Followed)
            yield return (Text($"product:{product}"), Text($"products/{product}"));
        foreach (var product in shop.Followed.Take(BySlug))
        {
            var slug = shop.CurrentSlugOf(product);
            yield return ($"product:slug:{slug}", $"products/by-slug/{slug}");
            // A renamed product must be gone under its former slug.
            if (shop.FormerSlugOf(product) is { } former)
                yield return ($"product:slug:{former}", $"products/by-slug/{former}");
        }

        foreach (var category in shop.QuietCategories.Concat(shop.Categories))
            yield return (Text($"category:{category}:products"), Text($"categories/{category}/products"));
    }

    private async Task<string?> BodyAsync(Reader reader, string path, CancellationToken cancellationToken)
    {
        using var response = await http.GetAsync(new Uri(reader.Storefront.Address, path), cancellationToken);
        if (response.StatusCode == HttpStatusCode.NotFound)
            return null;
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadAsStringAsync(cancellationToken);
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
