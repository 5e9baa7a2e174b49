using System.Diagnostics;
using System.Net;
using System.Text.Json;
using LastMile.Events.Messages;
using LastMile.Events.Testing;
using Xunit;

namespace Invalidator.Tests;

/// <summary>Tests the receipts of purges, both awaited by the purge request and requested later.</summary>
public sealed class ReceiptTests(PurgingInvalidator running) : IClassFixture<PurgingInvalidator>
{
    private readonly RunningInvalidator invalidator = running.Invalidator;

    [Fact]
    public async Task A_receipt_shows_where_and_when_the_purge_arrived()
    {
        await using var ams = await FakeRegion.JoinAsync(running, "ams");
        await using var syd = await FakeRegion.JoinAsync(running, "syd");
        var begin = Stopwatch.GetTimestamp();
        var purge = await invalidator.PurgeAsync("""{"keys":["a","b"],"tags":["t"]}""");

        await ams.ReportAsync(purge.Watermark, "1-0");

        var receipt = await Eventually.Async(() => ReceiptAsync(purge.Id), answer => StateOf(answer, "ams") == "applied");
        Assert.Equal((2, 1), (receipt.Body.GetProperty("keys").GetInt32(), receipt.Body.GetProperty("tags").GetInt32()));
        Assert.False(receipt.Body.GetProperty("everything").GetBoolean());
        Assert.Equal(purge.Watermark, receipt.Watermark);
        Assert.InRange(receipt.Of("ams").GetProperty("afterMs").GetDouble(), 0, Stopwatch.GetElapsedTime(begin).TotalMilliseconds);
        Assert.Equal("pending", StateOf(receipt, "syd"));
        Assert.Equal(JsonValueKind.Null, receipt.Of("syd").GetProperty("afterMs").ValueKind);
    }

    [Fact]
    public async Task A_prefix_purge_arrives_when_the_agent_reports_it_and_its_scan_is_shown()
    {
        await using var region = await FakeRegion.JoinAsync(running, "scanning");
        var purge = await invalidator.PurgeAsync("""{"prefix":"product:"}""");

        await region.ReportAsync(purge.Watermark, "1-0", new RegionScan(purge.Id, 2_000, 17));

        var receipt = await Eventually.Async(
            () => ReceiptAsync(purge.Id), answer => answer.Of("scanning").GetProperty("scan").ValueKind == JsonValueKind.Object);
        Assert.Equal("pending", StateOf(receipt, "scanning"));
        Assert.Equal("""{"seen":2000,"dropped":17}""", receipt.Of("scanning").GetProperty("scan").ToString());
        await region.ReportAsync(purge.Watermark, purge.Watermark);
        await Eventually.Async(() => ReceiptAsync(purge.Id), answer => StateOf(answer, "scanning") == "applied");
    }

    [Fact]
    public async Task A_wait_ends_when_the_last_region_has_the_purge()
    {
        await using var first = await FakeRegion.JoinAsync(running, "first");
        await using var last = await FakeRegion.JoinAsync(running, "last");

        var waiting = invalidator.PurgeAsync("""{"keys":["waited-for"]}""", "?wait=1m");
        var announced = await running.Bus.AnnouncedAsync(purge => purge.Keys.Contains("waited-for", StringComparer.Ordinal));
        var watermark = $"{announced.Epoch}-{announced.Sequence}";
        await first.ReportAsync(watermark, "1-0");
        await Eventually.Async(() => ReceiptAsync(announced.BatchId), answer => StateOf(answer, "first") == "applied");
        Assert.False(waiting.IsCompleted);
        await last.ReportAsync("1-0", watermark);

        var receipt = await waiting;
        Assert.Equal((HttpStatusCode.OK, announced.BatchId), (receipt.Status, receipt.Id));
        Assert.Equal(("applied", "applied"), (StateOf(receipt, "first"), StateOf(receipt, "last")));
        Assert.Equal($"/purges/{receipt.Id}", receipt.Location?.OriginalString);
    }

    [Fact]
    public async Task A_wait_that_times_out_names_the_pending_regions()
    {
        await using var slow = await FakeRegion.JoinAsync(running, "slow");
        await using var fast = await FakeRegion.JoinAsync(running, "fast");
        await fast.ReportAsync("1000000-0", "1000000-0");
        await Eventually.Async(
            () => invalidator.SendAsync(HttpMethod.Get, "/regions"),
            regions => regions.Of("fast").GetProperty("shown").GetString() == "1000000-0");

        var answer = await invalidator.PurgeAsync("""{"keys":["late"]}""", "?wait=100ms");

        Assert.Equal((HttpStatusCode.GatewayTimeout, "application/problem+json"), (answer.Status, answer.MediaType));
        Assert.Equal("""["slow"]""", answer.Body.GetProperty("pending").ToString());
        Assert.Equal(
            "The purge is logged and announced, but it did not arrive within 100ms in: slow. "
            + $"The purge continues; GET /purges/{answer.Id} shows its progress.",
            answer.Detail);
        Assert.Equal("pending", StateOf(await ReceiptAsync(answer.Id), "slow"));
    }

    [Fact]
    public async Task A_purge_that_is_not_in_the_log_is_not_found()
    {
        var answer = await ReceiptAsync(Guid.Empty);

        Assert.Equal((HttpStatusCode.NotFound, "application/problem+json"), (answer.Status, answer.MediaType));
        Assert.Contains("It keeps purges for 1.00:00:00 (Invalidator:LogRetention).", answer.Detail, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, (await invalidator.SendAsync(HttpMethod.Get, "/purges/one")).Status);
    }

    private Task<Answer> ReceiptAsync(Guid id) => invalidator.SendAsync(HttpMethod.Get, $"/purges/{id}");

    private static string? StateOf(Answer receipt, string region) => receipt.Of(region).GetProperty("state").GetString();
}
