using System.Net;
using Xunit;

namespace Invalidator.Tests;

public sealed class LogApiTests(PurgingInvalidator running) : IClassFixture<PurgingInvalidator>
{
    private readonly World world = running.World;

    [Fact]
    public async Task The_log_is_read_in_pages_after_a_watermark()
    {
        await LogAsync(700, "generate_series(1, 5)", "array['key:' || n]");
        await LogAsync(701, "generate_series(1, 1)", "'{}'", prefix: "product:");

        var first = await ReadAsync("?after=700-1&limit=3");
        var second = await ReadAsync($"?after={first.Body.GetProperty("next")}&limit=3");
        var end = await ReadAsync($"?after={second.Body.GetProperty("next")}");

        Assert.Equal("700-2 key:2, 700-3 key:3, 700-4 key:4", Shown(first));
        Assert.Equal("701-1", first.Body.GetProperty("newest").GetString());
        Assert.Equal("700-5 key:5, 701-1 product:*", Shown(second));
        Assert.Equal(("", "701-1"), (Shown(end), end.Body.GetProperty("next").GetString()));
    }

    [Fact]
    public async Task A_page_ends_early_if_its_batches_are_large_but_has_at_least_one()
    {
        await LogAsync(
            600,
            "generate_series(1, 4)",
            "array(select 'key:' || k from generate_series(1, case n when 1 then 25000 else 6000 end) k)");

        Assert.Equal(["600-1"], Watermarks(await ReadAsync("?after=599-9&limit=4")));
        Assert.Equal(["600-2", "600-3"], Watermarks(await ReadAsync("?after=600-1&limit=4")));
        Assert.Equal(["600-4"], Watermarks(await ReadAsync("?after=600-3&limit=1")));
    }

    [Fact]
    public async Task A_page_from_before_the_logs_horizon_is_incomplete()
    {
        await world.ExecuteAsync("update lastmile.purge_log_horizon set (epoch, sequence) = (500, 7)");

        Assert.False((await ReadAsync("?after=500-6")).Body.GetProperty("complete").GetBoolean());
        Assert.False((await ReadAsync("")).Body.GetProperty("complete").GetBoolean());
        await LogAsync(502, "generate_series(1, 1)", "array['key']");
        Assert.True((await ReadAsync("?after=500-7")).Body.GetProperty("complete").GetBoolean());
        Assert.True((await ReadAsync("?after=501-0")).Body.GetProperty("complete").GetBoolean());
    }

    [Fact]
    public async Task A_page_beyond_the_end_of_the_log_is_incomplete_and_points_back_to_the_newest_batch()
    {
        await LogAsync(550, "generate_series(1, 3)", "array['key']");
        var newest = await world.ScalarAsync<string>(
            "select epoch || '-' || sequence from lastmile.purge_log order by epoch desc, sequence desc limit 1");
        Assert.Equal((0, true, newest), Page(await ReadAsync("?after=" + newest)));

        Assert.Equal((0, false, newest), Page(await ReadAsync($"?after={newest}9")));
        Assert.Equal((0, false, newest), Page(await ReadAsync("?after=99999-1")));

        static (int, bool, string?) Page(Answer page) =>
            (page.Body.GetProperty("purges").GetArrayLength(),
                page.Body.GetProperty("complete").GetBoolean(),
                page.Body.GetProperty("next").GetString());
    }

    [Theory]
    [InlineData("?wait=1", "wait must be a number with a unit, such as 500ms, 5s or 2m; it is '1'.")]
    [InlineData("?wait=6m", "wait must be 1ms to 5m; it is 6m.")]
    [InlineData("?after=7", "after must be a watermark, such as 3-1042 for sequence 1042 of epoch 3; it is '7'.")]
    [InlineData("?after=1-x", "after must be a watermark")]
    [InlineData("?after=", "after must be a watermark")]
    [InlineData("?limit=0", "limit must be 1 to 1000; it is 0.")]
    [InlineData("?limit=1001", "limit must be 1 to 1000; it is 1001.")]
    [InlineData("?limit=many", "limit must be a whole number; it is 'many'.")]
    [InlineData("?limit=1.5", "limit must be a whole number; it is '1.5'.")]
    [InlineData("?limit=NaN", "limit must be a whole number; it is 'NaN'.")]
    [InlineData("?limit=99999999999", "limit must be a whole number; it is '99999999999'.")]
    [InlineData("?limit=", "limit must be a whole number; it is ''.")]
    [InlineData("?limit=-1", "limit must be 1 to 1000; it is -1.")]
    [InlineData("?after=99999999999999999999-1", "after must be a watermark")]
    [InlineData("?after=-1-1", "after must be a watermark")]
    [InlineData("?after=NaN-1", "after must be a watermark")]
    public async Task Bad_parameters_are_refused_with_the_reason(string query, string reason)
    {
        var answer = await ReadAsync(query);

        Assert.Equal((HttpStatusCode.BadRequest, "application/problem+json"), (answer.Status, answer.MediaType));
        Assert.StartsWith(reason, answer.Detail, StringComparison.Ordinal);
    }

    private Task<Answer> ReadAsync(string query) => running.Invalidator.SendAsync(HttpMethod.Get, "/purges" + query);

    private Task LogAsync(int epoch, string sequences, string keys, string? prefix = null) => world.ExecuteAsync(
        $"""
        insert into lastmile.purge_log (id, epoch, sequence, keys, tags, applied_at, prefix, announced_at)
        select
            gen_random_uuid(), {epoch}, n, {keys}, '{"{}"}', clock_timestamp(), {(prefix is null ? "null" : $"'{prefix}'")},
            clock_timestamp()
        from {sequences} n
        """);

    private static string Shown(Answer page) => string.Join(
        ", ", page.Body.GetProperty("purges").EnumerateArray().Select(batch => $"{Watermark(batch)} {Names(batch)}"));

    private static string Names(System.Text.Json.JsonElement batch) =>
        batch.GetProperty("prefix").GetString() is { } prefix
            ? prefix + "*"
            : string.Join(' ', batch.GetProperty("keys").EnumerateArray());

    private static IEnumerable<string> Watermarks(Answer page) => page.Body.GetProperty("purges").EnumerateArray().Select(Watermark);

    private static string Watermark(System.Text.Json.JsonElement batch) => $"{batch.GetProperty("epoch")}-{batch.GetProperty("sequence")}";
}
