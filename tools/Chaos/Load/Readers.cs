using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using LastMile.Events.Fabric;

namespace LastMile.Events.Chaos.Load;

/// <summary>Reads products and lists through every region's Storefront, which fills the region's cache from the database.</summary>
internal sealed class Readers : IAsyncDisposable
{
    private const int OfEachRegion = 2;
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(40);

    private readonly HttpClient http = new() { Timeout = TimeSpan.FromSeconds(5) };
    private readonly CancellationTokenSource stop = new();
    private readonly Shop shop;
    private readonly CopyWriter added;
    private readonly TimeSpan pace;
    private readonly Task reading;
    private long reads;

    public Readers(Shop shop, CopyWriter added, IEnumerable<Service> storefronts, double busy)
    {
        (this.shop, this.added, pace) = (shop, added, Pace / busy);
        reading = Task.WhenAll(storefronts
            .SelectMany(storefront => Enumerable.Range(0, OfEachRegion).Select(reader => ReadAsync(storefront.Address, reader)))
            .ToArray());
    }

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
    private async Task ReadAsync(Uri storefront, int seed)
    {
        var random = new Random(seed);
        using var timer = new PeriodicTimer(pace);
        while (await timer.WaitForNextTickAsync(stop.Token))
        {
            try
            {
                using var answer = await http.GetAsync(new Uri(storefront, NextPath(random)), stop.Token);
                Interlocked.Increment(ref reads);
            }
            catch (Exception) when (!stop.IsCancellationRequested)
            {
                // The Storefront, or a server that it needs, is down.
            }
        }
    }

    private string NextPath(Random random)
    {
        var product = shop.Followed[random.Next(shop.Followed.Count)];
        return random.Next(10) switch
        {
            0 or 1 => $"products/by-slug/{shop.CurrentSlugOf(product)}",
            2 => string.Create(CultureInfo.InvariantCulture, $"categories/{Shop.CategoryOf(product)}/products"),
            3 => string.Create(
                CultureInfo.InvariantCulture, $"categories/{shop.QuietCategories[random.Next(shop.QuietCategories.Count)]}/products"),
            4 when added.Newest is { } newest => string.Create(CultureInfo.InvariantCulture, $"products/{newest - random.Next(100)}"),
            _ => string.Create(CultureInfo.InvariantCulture, $"products/{product}"),
        };
    }
}
