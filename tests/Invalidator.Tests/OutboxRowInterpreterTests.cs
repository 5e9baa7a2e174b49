using System.Text;
using LastMile.Events.Invalidator.Changes;
using LastMile.Events.Invalidator.Rules;
using LastMile.Events.Postgres;
using LastMile.Events.Redis;
using Xunit;

namespace Invalidator.Tests;

public sealed class OutboxRowInterpreterTests
{
    private static readonly RuleBook Book = new(
        Guid.NewGuid(),
        [
            new("Product", "public", "public.products", ["Id", "Slug", "Category"],
            [
                Key("product:{Id}"), Key("slug:{Slug}"), Key("all"),
                new("Product", RuleKind.Tag, PurgeTemplate.Parse("category:{Category}")),
            ]),
        ],
        []);

    [Theory]
    [InlineData("update", """[["1","a","7"]]""", "all product:1 slug:a | category:7")]
    [InlineData("insert", """[["1","a","7"],["2","b","7"]]""", "all product:1 product:2 slug:a slug:b | category:7")]
    [InlineData("delete", """[["1",null,null]]""", "all product:1 | ")]
    [InlineData("update", """[[null,null,null]]""", "all | ")]
    [InlineData("update", "[]", " | ")]
    [InlineData("truncate", "[]", " | Product")]
    [InlineData("unresolved", "[]", " | Product")]
    [InlineData("update", """[["1","",""]]""", "all product:1 slug: | category:")]
    public void A_row_yields_the_keys_and_tags_of_its_rules(string kind, string rows, string expected)
    {
        var names = new PurgeNames(new RedisKeys());

        var reason = OutboxRowInterpreter.Interpret(Row(kind, rows), Book, names);

        Assert.Null(reason);
        Assert.Equal(expected, Show(names));
    }

    [Theory]
    [InlineData("", "[]", " | Product", "the kind ''")]
    [InlineData("UPDATE", """[["1","a","7"]]""", " | Product", "the kind 'UPDATE'")]
    [InlineData("update", """[["1","a","7"],["2","b"]]""", "all product:1 slug:a | Product category:7", "rows is not an array")]
    [InlineData("update", """[["1","a","7","x"]]""", " | Product", "rows is not an array")]
    [InlineData("update", """[["1","a",7]]""", " | Product", "rows is not an array")]
    [InlineData("update", """[["1","a",["7"]]]""", " | Product", "rows is not an array")]
    [InlineData("update", """{"Id":"1"}""", " | Product", "rows is not an array")]
    [InlineData("update", "[null]", " | Product", "rows is not an array")]
    [InlineData(
        "failure", "null", " | Product",
        "capture of 'Product' failed: the row gives no reason. select * from lastmile.audit() says how to fix it")]
    [InlineData("failure", "[[null]]", " | Product", "capture of 'Product' failed: the row gives no reason.")]
    [InlineData("failure", "[]", " | Product", "capture of 'Product' failed: the row gives no reason.")]
    [InlineData("failure", "[[1]]", " | Product", "capture of 'Product' failed: the row gives no reason.")]
    [InlineData(
        "failure", """[["column \"slug\" does not exist."]]""", " | Product",
        "capture of 'Product' failed: column \"slug\" does not exist. select * from")]
    [InlineData("failure", """[["a\u0007b"]]""", " | Product", "capture of 'Product' failed: a\ufffdb. select * from")]
    [InlineData("update", "null", " | Product", "rows is not an array")]
    [InlineData("update", """[["\ud800","a","7"]]""", " | Product", "rows is not an array")]
    [InlineData(
        "update", """[["1","a\u0007b","7"],["2","c","7"]]""", "all product:1 product:2 slug:c | Product category:7",
        "'slug:a\ufffdb' contains control characters")]
    public void A_malformed_row_purges_its_entitys_tag_instead(string kind, string rows, string expected, string reason)
    {
        var names = new PurgeNames(new RedisKeys());

        var actual = OutboxRowInterpreter.Interpret(Row(kind, rows), Book, names);

        Assert.StartsWith(reason, actual, StringComparison.Ordinal);
        Assert.Equal(expected, Show(names));
    }

    [Fact]
    public void A_rule_that_yields_a_reserved_key_purges_its_entitys_tag_instead()
    {
        var book = new RuleBook(
            Guid.NewGuid(),
            [new("Product", "public", "public.products", ["Id", "Slug", "Category"], [Key("{Slug}"), Key("product:{Id}")])],
            [])
        {
            Own = new RedisKeys("own:"),
        };
        var names = new PurgeNames(book.Own);

        var row = Row("update", """[["1","own:tag:Product","7"],["2","lm:main:tag:Product","7"]]""");
        var reason = OutboxRowInterpreter.Interpret(row, book, names);

        Assert.StartsWith("'own:tag:Product' begins with 'own:', which is reserved", reason, StringComparison.Ordinal);
        Assert.Equal("lm:main:tag:Product product:1 product:2 | Product", Show(names));
    }

    [Fact]
    public void An_oversize_key_purges_its_entitys_tag_instead()
    {
        var names = new PurgeNames(new RedisKeys());

        var actual = OutboxRowInterpreter.Interpret(Row("update", $"""[["1","{new string('x', 1_100)}","7"]]"""), Book, names);

        Assert.EndsWith("has 1105 bytes; a key or tag has at most 1024", actual, StringComparison.Ordinal);
        Assert.Equal("all product:1 | Product category:7", Show(names));
    }

    [Fact]
    public void A_rule_without_its_value_does_not_stop_the_other_rules()
    {
        var names = new PurgeNames(new RedisKeys());

        var row = new OutboxRow(1, "Product", "update", ["Slug"], """[["a"]]"""u8.ToArray(), default);
        var actual = OutboxRowInterpreter.Interpret(row, Book, names);

        Assert.Equal("the template 'product:{Id}' names 'Id', which the row does not hold; its columns: Slug", actual);
        Assert.Equal("all slug:a | Product", Show(names));
    }

    [Fact]
    public void An_entity_without_rules_is_reported()
    {
        var names = new PurgeNames(new RedisKeys());

        var actual = OutboxRowInterpreter.Interpret(Row("update", "[]") with { Entity = "product" }, Book, names);

        Assert.Equal("no purge rule is known for the entity 'product'", actual);
        Assert.Equal(" | product", Show(names));
    }

    private static PurgeRule Key(string template) => new("Product", RuleKind.Key, PurgeTemplate.Parse(template));

    private static OutboxRow Row(string kind, string rows) =>
        new(1, "Product", kind, ["Id", "Slug", "Category"], Encoding.UTF8.GetBytes(rows), default);

    private static string Show(PurgeNames names) =>
        $"{string.Join(' ', names.Keys.Order(StringComparer.Ordinal))} | {string.Join(' ', names.Tags.Order(StringComparer.Ordinal))}";
}
