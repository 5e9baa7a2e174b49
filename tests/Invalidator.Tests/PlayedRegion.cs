using LastMile.Events.Messages;
using LastMile.Events.Testing;

namespace Invalidator.Tests;

/// <summary>A region whose agent is played by the test. At its end it has all, so that no later purge waits for it.</summary>
internal sealed class PlayedRegion : IAsyncDisposable
{
    private const string Nothing = "1-0";
    private const string All = "1000000-0";

    private readonly PurgingInvalidator running;
    private readonly string name;

    private PlayedRegion(PurgingInvalidator running, string name) => (this.running, this.name) = (running, name);

    /// <summary>A region that has nothing yet, and is known.</summary>
    public static async Task<PlayedRegion> JoinAsync(PurgingInvalidator running, string name)
    {
        var region = new PlayedRegion(running, name);
        await region.ReportAsync(Nothing, Nothing);
        await Eventually.Async(
            async () => (await running.Invalidator.GetAsync("/regions")).Body.ToString(), regions => regions.Contains($"\"name\":\"{name}\"", StringComparison.Ordinal));
        return region;
    }

    /// <summary>Reports watermarks, as <c>epoch-sequence</c>.</summary>
    public Task ReportAsync(string shown, string applied, RegionScan? scan = null) => running.Bus.PublishAsync(
        new RegionReported(name, "agent-1", "Replicated", "Converged", Watermark(shown), Watermark(applied), DateTimeOffset.UnixEpoch) { Scan = scan });

    public async ValueTask DisposeAsync()
    {
        await ReportAsync(All, All);
        // A region that the test has deleted is listed again only after this report.
        await Eventually.Async(
            async () => (await running.Invalidator.SendAsync(HttpMethod.Get, "/regions")).Body.GetProperty("regions").EnumerateArray().ToArray(),
            regions => regions.Any(region => region.GetProperty("name").GetString() == name && region.GetProperty("applied").GetString() == All));
    }

    private static RegionWatermark Watermark(string text) =>
        LastMile.Events.Redis.Watermark.TryParse(text, out var watermark) ? new(watermark.Epoch, watermark.Sequence) : throw new FormatException(text);
}
