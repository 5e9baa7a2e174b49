using System.Diagnostics;
using System.Net;
using LastMile.Events.Invalidator.Purging;
using LastMile.Events.Redis;
using LastMile.Events.Testing;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Invalidator.Tests;

/// <summary>Tests requests that wait for the purge log to grow.</summary>
public sealed class LogWaitTests(PurgingInvalidator running) : IClassFixture<PurgingInvalidator>
{
    private readonly World world = running.World;

    private LogWatch Watch => running.Invalidator.App.Services.GetRequiredService<LogWatch>();

    [Fact]
    public async Task A_waiting_request_is_answered_as_soon_as_a_batch_is_logged()
    {
        var newest = await NewestAsync();
        var begin = Stopwatch.GetTimestamp();
        var reading = ReadAsync($"?after={newest}&wait=1m");
        await Eventually.Async(() => Task.FromResult(Watch.Waiting), waiting => waiting > 0);

        var purge = await running.Invalidator.PurgeAsync("""{"keys":["waited-for"]}""");
        var page = await reading;

        Assert.Equal([purge.Watermark], Watermarks(page));
        Assert.Equal(purge.Watermark, page.Body.GetProperty("newest").GetString());
        Assert.InRange(Stopwatch.GetElapsedTime(begin), TimeSpan.Zero, TimeSpan.FromSeconds(30));
        await Eventually.Async(() => Task.FromResult(Watch.Waiting), waiting => waiting == 0);
    }

    [Fact]
    public async Task A_waiting_request_is_answered_when_another_Invalidator_logs_a_batch()
    {
        await using var other = await RunningInvalidator.StartReadyAsync(world);
        var reading = ReadAsync($"?after={await NewestAsync()}&wait=1m");
        await Eventually.Async(() => Task.FromResult(Watch.Waiting), waiting => waiting > 0);

        var purge = await other.PurgeAsync("""{"keys":["logged-elsewhere"]}""");

        Assert.Contains(purge.Watermark, Watermarks(await reading));
    }

    [Fact]
    public async Task A_wait_ends_with_an_empty_page_that_names_the_newest_watermark()
    {
        var newest = await NewestAsync();

        var page = await ReadAsync($"?after={newest}&wait=50ms");

        Assert.Empty(Watermarks(page));
        Assert.True(page.Body.GetProperty("complete").GetBoolean());
        Assert.Equal(newest, page.Body.GetProperty("newest").GetString());
    }

    [Fact]
    public async Task A_client_that_disconnects_frees_its_wait()
    {
        using var http = new HttpClient();
        using var cancellation = new CancellationTokenSource();
        var address = new Uri(new Uri(running.Invalidator.App.Urls.Single()), $"/purges?after={await NewestAsync()}&wait=5m");
        var reading = http.GetAsync(address, cancellation.Token);
        await Eventually.Async(() => Task.FromResult(Watch.Waiting), waiting => waiting > 0);

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading);
        await Eventually.Async(() => Task.FromResult(Watch.Waiting), waiting => waiting == 0);
    }

    [Fact]
    public async Task A_request_that_would_be_one_wait_too_many_is_refused_with_Retry_After()
    {
        using var stop = new CancellationTokenSource();
        var after = Watermark.TryParse(await NewestAsync(), out var newest) ? newest : default;
        var waits = Enumerable.Range(0, LogWatch.MaxWaiting)
            .Select(_ => Watch.ReadAsync(after, limit: 1, TimeSpan.FromMinutes(1), stop.Token, CancellationToken.None)).ToList();
        await Eventually.Async(() => Task.FromResult(Watch.Waiting), waiting => waiting == LogWatch.MaxWaiting);

        using var http = new HttpClient();
        using var refused = await http.GetAsync(
            new Uri(new Uri(running.Invalidator.App.Urls.Single()), $"/purges?after={after}&wait=1s"),
            TestContext.Current.CancellationToken);
        var readable = await ReadAsync($"?after={after}");
        await stop.CancelAsync();
        await Task.WhenAll(waits);

        Assert.Equal((HttpStatusCode.ServiceUnavailable, TimeSpan.FromSeconds(1)), (refused.StatusCode, refused.Headers.RetryAfter?.Delta));
        Assert.Equal(HttpStatusCode.OK, readable.Status);
        Assert.Equal(0, Watch.Waiting);
    }

    [Fact, MeasuresTime]
    public async Task A_stop_of_the_service_ends_waits_at_once()
    {
        await using var stopped = await RunningInvalidator.StartReadyAsync(world);
        var reading = stopped.SendAsync(HttpMethod.Get, $"/purges?after={await NewestAsync()}&wait=5m");
        var watch = stopped.App.Services.GetRequiredService<LogWatch>();
        await Eventually.Async(() => Task.FromResult(watch.Waiting), waiting => waiting > 0);

        var begin = Stopwatch.GetTimestamp();
        await stopped.App.StopAsync(TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, (await reading).Status);
        Assert.InRange(Stopwatch.GetElapsedTime(begin), TimeSpan.Zero, TimeSpan.FromSeconds(5));
    }

    // A purge of its own, because an empty log has no watermark.
    private async Task<string> NewestAsync() => (await running.Invalidator.PurgeAsync("""{"keys":["newest"]}""")).Watermark;

    private Task<Answer> ReadAsync(string query) => running.Invalidator.SendAsync(HttpMethod.Get, "/purges" + query);

    private static IEnumerable<string> Watermarks(Answer page) => page.Body.GetProperty("purges").EnumerateArray()
        .Select(batch => $"{batch.GetProperty("epoch")}-{batch.GetProperty("sequence")}");
}
