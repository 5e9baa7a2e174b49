using LastMile.Events.Invalidator.Changes;
using LastMile.Events.Invalidator.Intake.Bus;
using LastMile.Events.Invalidator.Rules;
using LastMile.Events.Messages;
using LastMile.Events.Postgres;
using Xunit;

namespace Invalidator.Tests;

public sealed class ChangeInterpreterTests
{
    private static readonly RuleBook Book = new(
        Guid.NewGuid(),
        [
            new("Product", "public", "public.products", ["Id", "Category"],
            [
                new("Product", RuleKind.Key, PurgeTemplate.Parse("product:{Id}")),
                new("Product", RuleKind.Tag, PurgeTemplate.Parse("category:{Category}")),
            ]),
        ],
        []);

    public static TheoryData<EntityChanged, string> Accepted { get; } = new()
    {
        { new("Product") { Values = Values("1", "7") }, "product:1 | category:7" },
        { new("Product") { Values = Values("1", "7"), PreviousValues = Values("1", "6") }, "product:1 | category:6 category:7" },
        { new("Product") { Values = Values("1", "7"), PreviousValues = Values("1", null) }, "product:1 | category:7" },
        { new("Product") { Values = Values(null, null) }, " | " },
        { new("Product") { Keys = ["a", "a"], Tags = ["b"] }, "a | b" },
        { new("Product") { Keys = ["a"], Values = Values("1", "7") }, "a product:1 | category:7" },
        { new("Unknown") { Tags = ["b"], Values = Values("1", "7") }, " | b" },
        { new("Product", ChangeKind.Truncate), " | Product" },
        { new("Unknown", ChangeKind.Truncate), " | Unknown" },
        { new("Product") { Keys = null!, Tags = null!, Values = Values("1", null) }, "product:1 | " },
        { new("Unknown") { Keys = [.. Enumerable.Range(0, 999).Select(_ => "k")], Tags = ["t"] }, "k | t" },
    };

    public static TheoryData<EntityChanged, string> Refused { get; } = new()
    {
        { new(null!), "names no entity" },
        { new("") { Keys = ["a"] }, "names no entity" },
        { new(new string('x', 201)) { Keys = ["a"] }, "the entity's name is longer than 200 characters" },
        { new("a\nb") { Keys = ["a"] }, "or holds control characters" },
        { new("Unknown"), "no purge rule is known for the entity" },
        { new("Unknown") { Values = Values("1", "7") }, "no purge rule is known for the entity" },
        { new("Product"), "needs a value for 'Id'" },
        { new("Product") { Values = IdOnly("1") }, "needs a value for 'Category'" },
        { new("Product") { Values = Values("1", "7"), PreviousValues = IdOnly("1") }, "needs a value for 'Category'" },
        { new("Product") { Values = Values("1\n", "7") }, "contains control characters" },
        { new("Page") { Keys = [.. Enumerable.Range(0, 1_000).Select(n => $"k{n}")], Tags = ["t"] }, "it carries 1001 keys and tags" },
        { new("Page") { Keys = [new string('x', 1_025)] }, "has 1025 bytes" },
        { new("Page") { Tags = ["a\u0085"] }, "contains control characters" },
        { new("Page") { Keys = ["lm:main:tag:Post"] }, "'lm:main:tag:Post' begins with 'lm:', which is reserved" },
        {
            new("Product") { Keys = ["a", "lm:main:watermark"], Values = Values("1", "7") },
            "'lm:main:watermark' begins with 'lm:', which is reserved"
        },
        { new("Page") { Keys = [""] }, "a key or tag is empty" },
    };

    [Theory]
    [MemberData(nameof(Accepted))]
    public void A_change_yields_the_names_to_purge(EntityChanged change, string expected) =>
        Assert.Equal(expected, Show(ChangeInterpreter.Interpret(change, Book)));

    [Theory]
    [MemberData(nameof(Refused))]
    public void An_invalid_change_is_refused_with_the_reason(EntityChanged change, string reason) =>
        Assert.Contains(
            reason,
            Assert.Throws<InvalidChangeException>(() => ChangeInterpreter.Interpret(change, Book)).Message,
            StringComparison.Ordinal);

    [Fact]
    public void Many_changes_yield_their_names_together() =>
        Assert.Equal(
            "a b | ",
            Show(ChangeInterpreter.Interpret(
                new EntitiesChanged([new("X") { Keys = ["a"] }, new("Y") { Keys = ["b", "a"] }]), Book)));

    [Theory]
    [InlineData(0)]
    [InlineData(1_001)]
    public void Zero_or_too_many_changes_are_refused(int count) =>
        Assert.Contains(
            $"holds {count} changes",
            Assert.Throws<InvalidChangeException>(() => ChangeInterpreter.Interpret(
                new EntitiesChanged([.. Enumerable.Repeat(new EntityChanged("X") { Keys = ["a"] }, count)]), Book)).Message,
            StringComparison.Ordinal);

    [Fact]
    public void One_invalid_change_rejects_the_whole_message()
    {
        Assert.Throws<InvalidChangeException>(
            () => ChangeInterpreter.Interpret(new EntitiesChanged([new("X") { Keys = ["a"] }, null!]), Book));
        Assert.Throws<InvalidChangeException>(() => ChangeInterpreter.Interpret(new EntitiesChanged(null!), Book));
    }

    private static Dictionary<string, string?> Values(string? id, string? category) =>
        new(StringComparer.Ordinal) { ["Id"] = id, ["Category"] = category };

    private static Dictionary<string, string?> IdOnly(string id) => new(StringComparer.Ordinal) { ["Id"] = id };

    private static string Show(PurgeNames names) =>
        $"{string.Join(' ', names.Keys.Order(StringComparer.Ordinal))} | {string.Join(' ', names.Tags.Order(StringComparer.Ordinal))}";
}
