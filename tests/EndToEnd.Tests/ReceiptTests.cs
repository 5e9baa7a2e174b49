using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using LastMile.Events.Testing;
using Xunit;

namespace LastMile.Events.EndToEnd.Tests;

/// <summary>Purges requested over HTTP, and their receipts, in a whole system.</summary>
[Collection<SystemTests>]
public sealed class ReceiptTests(RunningSystem system) : IDisposable
{
    private static readonly TimeSpan LinkDelay = TimeSpan.FromMilliseconds(125);

    // Allowed on top of the purge itself and the time in which the broker alone writes a message for each region to disk.
    private static readonly TimeSpan Overhead = TimeSpan.FromMilliseconds(60);

    private readonly HttpClient http = new() { BaseAddress = system.System.Invalidator.Address };

    public void Dispose() => http.Dispose();

    [MeasuresTime]
    [Fact]
    public async Task A_wait_takes_as_long_as_the_slowest_link_and_a_slow_link_raises_no_alert()
    {
        var region = system.Regions[0];
        foreach (var one in system.Regions)
            await one.IsHealthyAsync();
        var before = system.Alerts.Of(region.Name).Count;
        await PurgeAsync("receipt:warm", "5s");
        await using var broker = await BareBroker.OpenAsync(system.System.Servers.RabbitMq.Uri, system.System.Servers.Regions.Count);
        var near = await MedianAsync(broker);

        region.Link.Delay = LinkDelay;
        try
        {
            var far = await MedianAsync(broker);

            Assert.InRange(near.Wait, TimeSpan.Zero, near.Bare + Overhead);
            Assert.InRange(far.Wait, LinkDelay, far.Bare + LinkDelay + Overhead);
            Assert.Equal("Converged", await region.VerdictAsync());
            await system.Alerts.NoneSinceAsync(region.Name, before);
        }
        finally
        {
            region.Link.Delay = TimeSpan.Zero;
        }
    }

    [Fact]
    public async Task A_wait_that_times_out_names_the_region_that_lacks_the_purge()
    {
        var region = system.Regions[0];
        await region.IsHealthyAsync();
        var before = system.Alerts.Of(region.Name).Count;
        // Slowing or cutting the link is not enough, because the agent applies late purges itself.
        await region.Redis.PauseAsync();
        try
        {
            using var answer = await PurgeAsync("receipt:late", "2s");

            Assert.Equal(HttpStatusCode.GatewayTimeout, answer.StatusCode);
            var problem = await answer.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
            Assert.Equal([region.Name], problem.GetProperty("pending").EnumerateArray().Select(name => name.GetString()));
        }
        finally
        {
            await region.Redis.ResumeAsync();
        }

        // The pending purge is late enough for an alert.
        await system.Alerts.OneEpisodeAsync(region.Name, before);
        await region.IsHealthyAsync();
    }

    [Fact]
    public async Task A_prefix_is_purged_in_every_region_when_the_wait_ends()
    {
        string[] keys = [.. Enumerable.Range(1, 3_000).Select(n => $"prefixed:{n}")];
        await system.FillAsync(keys);
        await system.FillAsync("unprefixed");

        using var answer = await http.PostAsJsonAsync(
            "/purges?wait=20s", new { prefix = "prefixed:" }, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        foreach (var region in system.Regions)
        {
            Assert.Equal(0, await region.HeldAsync(keys));
            Assert.Equal(1, await region.HeldAsync("unprefixed"));
        }
    }

    // Alternates the two, so that both run under the same load.
    private async Task<(TimeSpan Wait, TimeSpan Bare)> MedianAsync(BareBroker broker)
    {
        var (waits, bare) = (new List<TimeSpan>(), new List<TimeSpan>());
        for (var n = 0; n < 9; n++)
        {
            var begin = Stopwatch.GetTimestamp();
            using var answer = await PurgeAsync($"receipt:{n}", "5s");
            waits.Add(Stopwatch.GetElapsedTime(begin));
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            begin = Stopwatch.GetTimestamp();
            using var purge = await http.PostAsJsonAsync(
                "/purges", new { keys = new[] { "receipt:bare" } }, TestContext.Current.CancellationToken);
            await broker.PublishAsync();
            bare.Add(Stopwatch.GetElapsedTime(begin));
            Assert.Equal(HttpStatusCode.Accepted, purge.StatusCode);
            // An agent reports each purge twice, as shown and as applied, but at most ten times a second. The pause keeps below that rate.
            await Task.Delay(500, TestContext.Current.CancellationToken);
        }

        waits.Sort();
        bare.Sort();
        var (wait, alone) = (waits[waits.Count / 2], bare[bare.Count / 2]);
        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{wait.TotalMilliseconds:0.0} ms with a wait; "
            + $"{alone.TotalMilliseconds:0.0} ms for a purge without a wait and the broker alone");
        return (wait, alone);
    }

    private Task<HttpResponseMessage> PurgeAsync(string key, string wait) =>
        http.PostAsJsonAsync($"/purges?wait={wait}", new { keys = new[] { key } }, TestContext.Current.CancellationToken);
}
