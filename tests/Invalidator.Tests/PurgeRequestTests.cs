using LastMile.Events.Invalidator.Api;
using LastMile.Events.Invalidator.Changes;
using LastMile.Events.Invalidator.Intake.Http;
using LastMile.Events.Redis;
using Xunit;

namespace Invalidator.Tests;

public sealed class PurgeRequestTests
{
    private const string IsPattern =
        "contains a pattern, but a prefix is plain text: every key that begins with it is dropped.";

    private const string IsReserved =
        "which is reserved for LastMile's own names (Redis:KeyPrefix). To purge a tag, use its name as a tag.";

    private static readonly RedisKeys Own = new();

    public static TheoryData<string?, bool?, string[]?, string> Faults => new()
    {
        { null, null, null, "The body must have exactly one of these:" },
        { "p", true, null, "The body must have exactly one of these:" },
        { "p", null, ["a"], "The body must have exactly one of these:" },
        { null, true, ["a"], "The body must have exactly one of these:" },
        { null, false, null, "all must be true or omitted." },
        { "", null, null, """prefix is empty. To drop the whole cache, send {"all":true}.""" },
        { "a\nb", null, null, "prefix: 'a\ufffdb' contains control characters." },
        { new string('p', 1_025), null, null, "prefix: 'ppp" },
        { "product:*", null, null, $"prefix: 'product:*' {IsPattern} Send 'product:'." },
        { "product:*:de", null, null, "prefix: 'product:*:de' contains a pattern" },
        { "product:?", null, null, $"prefix: 'product:?' {IsPattern} Send 'product:'." },
        { "product:[0-9]", null, null, $"prefix: 'product:[0-9]' {IsPattern} Send 'product:'." },
        { "*", null, null, $$"""prefix: '*' {{IsPattern}} To drop the whole cache, send {"all":true}.""" },
        { "l", null, null, "prefix: 'l' would include LastMile's own names, which begin with 'lm:'." },
        { "lm:", null, null, "prefix: 'lm:' would include" },
        { "lm:main:tag:a", null, null, "prefix: 'lm:main:tag:a' would include" },
        { null, null, [], "keys and tags are empty: name at least one." },
        { null, null, ["a", ""], "keys[1]: a key or tag is empty." },
        { null, null, ["a", "b", null!], "keys[2]: a key or tag is empty." },
        { null, null, ["a", "lm:main:tag:Post"], $"keys[1]: 'lm:main:tag:Post' begins with 'lm:', {IsReserved}" },
        { null, null, ["lm:"], "keys[0]: 'lm:' begins with 'lm:'" },
        { null, null, [new string('ü', 513)], "keys[0]: 'üü" },
        { null, null, [.. Enumerable.Repeat("a", 5_001)], "keys has 5001 names; at most 5000 are allowed. Send several requests." },
        { null, null, [.. Enumerable.Range(0, 600).Select(n => $"{n:D1000}")], "keys has 600000 characters; at most 524288 are allowed." },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void An_invalid_request_is_refused(string? prefix, bool? all, string[]? keys, string reason)
    {
        var request = new PurgeRequest { Prefix = prefix, All = all, Keys = keys };

        Assert.StartsWith(reason, request.Reject(Own, DatabaseEncoding.Any), StringComparison.Ordinal);
    }

    [Fact]
    public void Tags_follow_the_same_rules_as_keys() =>
        Assert.Equal(
            "tags[1]: a key or tag is empty.",
            new PurgeRequest { Keys = ["a"], Tags = ["b", ""] }.Reject(Own, DatabaseEncoding.Any));

    [Fact]
    public void A_prefix_that_only_resembles_LastMiles_names_is_accepted()
    {
        Assert.Null(new PurgeRequest { Prefix = "lmn" }.Reject(Own, DatabaseEncoding.Any));
        Assert.Null(new PurgeRequest { Prefix = "lm" }.Reject(new RedisKeys("x:"), DatabaseEncoding.Any));
    }

    [Theory]
    [InlineData("page:/search?q=")]
    [InlineData("page:/list?filter[color]=red")]
    [InlineData("a]")]
    public void A_prefix_may_contain_URL_characters(string prefix) =>
        Assert.Null(new PurgeRequest { Prefix = prefix }.Reject(Own, DatabaseEncoding.Any));

    [Fact]
    public void A_key_with_the_configured_prefix_is_reserved_and_a_tag_never_is()
    {
        Assert.Null(new PurgeRequest { Keys = ["lm", "l:m:", "LM:tag:a", " lm:a"], Tags = ["lm:tag:a"] }.Reject(Own, DatabaseEncoding.Any));
        Assert.Null(new PurgeRequest { Keys = ["lm:main:tag:a"] }.Reject(new RedisKeys("x:"), DatabaseEncoding.Any));
        Assert.StartsWith(
            "keys[0]: 'x:1' begins with 'x:'",
            new PurgeRequest { Keys = ["x:1"] }.Reject(new RedisKeys("x:"), DatabaseEncoding.Any),
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_order_names_each_key_once()
    {
        var order = new PurgeRequest { Keys = ["a", "b", "a"], Tags = ["t"] }.ToOrder(new PurgeOrigins());

        Assert.Equal(
            ("a b", "t", null, false),
            (string.Join(' ', order.Keys), string.Join(' ', order.Tags), order.Prefix, order.Everything));
    }

    [Theory]
    [InlineData("500ms", 500)]
    [InlineData("5s", 5_000)]
    [InlineData("1.5s", 1_500)]
    [InlineData("2m", 120_000)]
    [InlineData("5m", 300_000)]
    [InlineData("300000ms", 300_000)]
    public void A_wait_is_a_number_with_a_unit(string text, int milliseconds)
    {
        Assert.Null(WaitTime.Read(text, out var wait));
        Assert.Equal(milliseconds, wait.TotalMilliseconds);
    }

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("s")]
    [InlineData("-1s")]
    [InlineData("5 s")]
    [InlineData("1e3s")]
    [InlineData("5S")]
    [InlineData("00:00:05")]
    [InlineData("NaNs")]
    [InlineData("NaNms")]
    [InlineData("Infinitym")]
    [InlineData("-Infinitys")]
    [InlineData("∞s")]
    [InlineData("+1s")]
    [InlineData("1e400s")]
    [InlineData("0x5s")]
    [InlineData("٥s")]
    public void A_malformed_wait_is_refused(string text) =>
        Assert.Equal($"wait must be a number with a unit, such as 500ms, 5s or 2m; it is '{text}'.", WaitTime.Read(text, out _));

    [Theory]
    [InlineData("0s")]
    [InlineData("0.5ms")]
    [InlineData("301s")]
    [InlineData("5h")]
    [InlineData("79228162514264337593543950335d")]
    [InlineData("99999999999999999999999m")]
    public void A_wait_out_of_range_is_refused(string text) =>
        Assert.Equal($"wait must be 1ms to 5m; it is {text}.", WaitTime.Read(text, out _));
}
