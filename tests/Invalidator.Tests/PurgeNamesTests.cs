using LastMile.Events.Invalidator.Changes;
using LastMile.Events.Redis;
using Xunit;

namespace Invalidator.Tests;

public sealed class PurgeNamesTests
{
    public static TheoryData<string> Accepted { get; } =
        ["a", " ", "größe:🛒", "\u00a0", new string('x', 1_024), new string('é', 512)];

    public static TheoryData<string?> Rejected { get; } =
    [
        null!, "", "a\0b", "\n", "\u001f", "\u007f", "\u0085", "\u009f",
        new string('x', 1_025), new string('é', 513), string.Concat(Enumerable.Repeat("🛒", 257)),
    ];

    [Theory]
    [MemberData(nameof(Accepted))]
    public void Short_text_is_a_valid_name(string name)
    {
        var names = new PurgeNames(new RedisKeys());

        Assert.Null(names.Add(RuleKind.Key, name));

        Assert.Equal([name], names.Keys);
        Assert.False(names.IsEmpty);
    }

    [Theory]
    [MemberData(nameof(Rejected))]
    public void Empty_text_long_text_and_control_characters_are_invalid(string? name)
    {
        var names = new PurgeNames(new RedisKeys());

        Assert.NotNull(names.Add(RuleKind.Tag, name!));

        Assert.True(names.IsEmpty);
    }

    [Fact]
    public void A_reserved_key_from_the_log_is_skipped()
    {
        var names = new PurgeNames(new RedisKeys());

        names.Add(["a", "lm:main:tag:Post"], ["lm:main:tag:Post"]);

        Assert.Equal(["a"], names.Keys);
        Assert.Equal(["lm:main:tag:Post"], names.Tags);
    }

    [Fact]
    public void A_name_counts_once_as_a_key_and_once_as_a_tag()
    {
        var (names, others) = (new PurgeNames(new RedisKeys()), new PurgeNames(new RedisKeys()));
        names.Add(RuleKind.Key, "a");
        others.Add(RuleKind.Key, "a");
        others.Add(RuleKind.Tag, "a");

        names.Add(others);

        Assert.Equal(["a"], names.Keys);
        Assert.Equal(["a"], names.Tags);
    }
}
