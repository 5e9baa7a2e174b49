using LastMile.Events.Messages;
using LastMile.Events.Testing;

namespace Invalidator.Tests;

/// <summary>
/// A region without a Redis or an agent: the test publishes its reports. When disposed, it reports every purge as applied, so that no later
/// purge waits for it.
/// </summary>
internal sealed class FakeRegion : IAsyncDisposable
{
    private const string Nothing = "1-0";
    private const string All = "1000000-0";

    private readonly PurgingInvalidator running;
    private readonly string name;

    private FakeRegion(PurgingInvalidator running, string name) => (this.running, this.name) = (running, name);

    /// <summary>Creates a region that has no purges yet, and waits until the Invalidator knows it.</summary>
    public static async Task<FakeRegion> JoinAsync(PurgingInvalidator running, string name)
    {
        var region = new FakeRegion(running, name);
        await region.ReportAsync(Nothing, Nothing);
        await Eventually.Async(
            async () => (await running.Invalidator.GetAsync("/regions")).Body.ToString(),
            regions => regions.Contains($"\"name\":\"{name}\"", StringComparison.Ordinal));
        return region;
    }

    /// <summary>Reports watermarks in the form <c>epoch-sequence</c>.</summary>
    public Task ReportAsync(string shown, string applied, RegionScan? scan = null) => running.Bus.PublishAsync(
        new RegionReported(name, "agent-1", "Replicated", "Converged", Watermark(shown), Watermark(applied), DateTimeOffset.UnixEpoch)
        {
            Scan = scan,
        });

    public async ValueTask DisposeAsync()
    {
        await ReportAsync(All, All);
        // If the test has deleted the region, it is listed again only after this report.
        await Eventually.Async(
            async () => (await running.Invalidator.SendAsync(HttpMethod.Get, "/regions")).Body
                .GetProperty("regions").EnumerateArray().ToArray(),
            regions => regions.Any(
                region => region.GetProperty("name").GetString() == name && region.GetProperty("applied").GetString() == All));
    }

    private static RegionWatermark Watermark(string text) =>
        LastMile.Events.Redis.Watermark.TryParse(text, out var watermark)
            ? new(watermark.Epoch, watermark.Sequence)
            : throw new FormatException(text);
}
