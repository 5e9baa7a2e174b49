using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using LastMile.Events.Testing;
using Xunit;

namespace LastMile.Events.EndToEnd.Tests;

/// <summary>A purge on request, with its receipt, from the Invalidator of a whole system.</summary>
[Collection<SystemTests>]
public sealed class ReceiptTests(RunningSystem system) : IDisposable
{
    private static readonly TimeSpan LinkDelay = TimeSpan.FromMilliseconds(125);

    // Beyond the purge itself, and what the broker alone takes to have a message for each region on disk.
    private static readonly TimeSpan OwnTime = TimeSpan.FromMilliseconds(60);

    private readonly HttpClient http = new() { BaseAddress = system.System.Invalidator.Address };

    public void Dispose() => http.Dispose();

    [MeasuresTime]
    [Fact]
    public async Task A_wait_takes_what_the_slowest_line_takes_and_a_slow_line_is_no_trouble()
    {
        var region = system.Regions[0];
        foreach (var one in system.Regions)
            await one.IsRightAsync();
        var before = system.Alerts.Of(region.Name).Count;
        await PurgeAsync("receipt:warm", "5s");
        await using var broker = await BareBroker.OpenAsync(system.System.Servers.RabbitMq.Uri, system.System.Servers.Regions.Count);
        var near = await MedianAsync(broker);

        region.Link.Delay = LinkDelay;
        try
        {
            var far = await MedianAsync(broker);

            Assert.InRange(near.Wait, TimeSpan.Zero, near.Bare + OwnTime);
            Assert.InRange(far.Wait, LinkDelay, far.Bare + LinkDelay + OwnTime);
            Assert.Equal("Converged", await region.VerdictAsync());
            await system.Alerts.NoneSinceAsync(region.Name, before);
        }
        finally
        {
            region.Link.Delay = TimeSpan.Zero;
        }
    }

    [Fact]
    public async Task A_wait_that_is_too_short_names_the_region_that_lacks_the_purge()
    {
        var region = system.Regions[0];
        await region.IsRightAsync();
        var before = system.Alerts.Of(region.Name).Count;
        // A line that is only slow, or cut, would not do: the agent applies late purges itself.
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

        // What is on its way is late enough for an alert.
        await system.Alerts.OneEpisodeAsync(region.Name, before);
        await region.IsRightAsync();
    }

    [Fact]
    public async Task A_prefix_is_gone_everywhere_when_the_wait_ends()
    {
        string[] keys = [.. Enumerable.Range(1, 3_000).Select(n => $"prefixed:{n}")];
        await system.FillAsync(keys);
        await system.FillAsync("unprefixed");

        using var answer = await http.PostAsJsonAsync("/purges?wait=20s", new { prefix = "prefixed:" }, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        foreach (var region in system.Regions)
        {
            Assert.Equal(0, await region.HeldAsync(keys));
            Assert.Equal(1, await region.HeldAsync("unprefixed"));
        }
    }

    // In turns, so that both meet the same machine.
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
            using var purge = await http.PostAsJsonAsync("/purges", new { keys = new[] { "receipt:bare" } }, TestContext.Current.CancellationToken);
            await broker.PublishAsync();
            bare.Add(Stopwatch.GetElapsedTime(begin));
            Assert.Equal(HttpStatusCode.Accepted, purge.StatusCode);
            // An agent reports a purge twice, as shown and as done, and of a flood of them ten times a second: this is none.
            await Task.Delay(500, TestContext.Current.CancellationToken);
        }

        waits.Sort();
        bare.Sort();
        TestContext.Current.TestOutputHelper!.WriteLine($"{waits[waits.Count / 2].TotalMilliseconds:0.0} ms, a purge without a wait and the broker alone {bare[bare.Count / 2].TotalMilliseconds:0.0} ms");
        return (waits[waits.Count / 2], bare[bare.Count / 2]);
    }

    private Task<HttpResponseMessage> PurgeAsync(string key, string wait) =>
        http.PostAsJsonAsync($"/purges?wait={wait}", new { keys = new[] { key } }, TestContext.Current.CancellationToken);
}
