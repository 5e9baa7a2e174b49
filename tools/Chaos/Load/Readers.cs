using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using LastMile.Events.Chaos.Faults;
using LastMile.Events.Chaos.Oracle;

namespace LastMile.Events.Chaos.Load;

/// <summary>Reads products and lists through every region's Storefront, which fills the region's cache from the database.</summary>
internal sealed class Readers : IAsyncDisposable
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(40);

    private readonly HttpClient http = new() { Timeout = TimeSpan.FromSeconds(5) };
    private readonly CancellationTokenSource stop = new();
    private readonly Shop shop;
    private readonly CopyWriter added;
    private readonly TimeSpan pace;
    private readonly Task reading;
    private long reads;

    public Readers(Shop shop, CopyWriter added, IReadOnlyList<Reader> readers, double busy)
    {
        (this.shop, this.added, pace) = (shop, added, Pace / busy);
        Served = readers.Select(reader => reader.Region.Name).Distinct(StringComparer.Ordinal)
            .ToDictionary(region => region, _ => new ServedReads(shop.Commits), StringComparer.Ordinal);
        reading = Task.WhenAll(readers.Select((reader, seed) => ReadAsync(reader, seed)).ToArray());
    }

    /// <summary>How old the served products were, by region.</summary>
    public IReadOnlyDictionary<string, ServedReads> Served { get; }

    /// <summary>The number of reads that got a response.</summary>
    public long Reads => Interlocked.Read(ref reads);

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        http.Dispose();
        stop.Dispose();
    }

    [SuppressMessage("Design", "CA1031", Justification = "A reader continues after any failure.")]
    private async Task ReadAsync(Reader reader, int seed)
    {
        var random = new Random(seed);
        using var timer = new PeriodicTimer(pace);
        while (await timer.WaitForNextTickAsync(stop.Token))
        {
            try
            {
                var (path, product) = NextPath(random);
                var startedAt = shop.Commits.Time.GetTimestamp();
                using var answer = await http.GetAsync(new Uri(reader.Storefront.Address, path), stop.Token);
                Interlocked.Increment(ref reads);
                if (product is { } id && answer.IsSuccessStatusCode)
                {
                    var served = ProductView.Parse(await answer.Content.ReadAsStringAsync(stop.Token));
                    Served[reader.Region.Name].Add(id, (int)served.Price, startedAt);
                }
            }
            catch (Exception) when (!stop.IsCancellationRequested)
            {
                // The Storefront, or a server that it needs, is down.
            }
        }
    }

    // The page, and its product if the load knows that product's versions.
    private (string Path, int? Product) NextPath(Random random)
    {
        var product = shop.Followed[random.Next(shop.Followed.Count)];
        return random.Next(10) switch
        {
            0 or 1 => ($"products/by-slug/{shop.CurrentSlugOf(product)}", null),
            2 => (Text($"categories/{Shop.CategoryOf(product)}/products"), null),
            3 => (Text($"categories/{shop.QuietCategories[random.Next(shop.QuietCategories.Count)]}/products"), null),
            4 when added.Newest is { } newest => (Text($"products/{newest - random.Next(100)}"), null),
            _ => (Text($"products/{product}"), product),
        };
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
