using System.Text;
using LastMile.Events.Invalidator.Changes;
using LastMile.Events.Invalidator.Intake.Bus;
using LastMile.Events.Invalidator.Rules;
using LastMile.Events.Messages;
using LastMile.Events.Postgres;
using LastMile.Events.Redis;
using Xunit;

namespace Invalidator.Tests;

/// <summary>Tests an entity of several tables: products, their texts by language, reviews that show a product's slug, and so on.</summary>
public sealed class EntityOfSeveralTablesTests
{
    private static readonly TrackedTable[] Tables =
    [
        new("Product", "shop", "shop.products", ["Id", "Slug"], [Key("product:{Id}"), Key("slug:{Slug}"), Tag("catalog")]),
        new("Product", "shop", "shop.texts", ["Id", "Language"], [Key("product:{Id}"), Key("text:{Id}:{Language}")]),
        new("Product", "shop", "shop.reviews", ["Product.Slug"], [Key("slug:{Product.Slug}")]),
        new("Product", "shop", "shop.stock", ["Id"], [Key("stock:{Id}")]),
        new("Product", "shop", "shop.prices", ["Id"], [Key("price:{Id}")]),
        new("Other", "shop", "shop.others", ["Id", "Language"], []),
    ];

    private static readonly RuleBook Book = new(Guid.NewGuid(), Tables, [Key("page:{Slug}")]);

    private static readonly RuleBook BookWithUnfilledRule = new(Guid.NewGuid(), Tables, [Key("page:{Title}")]);

    [Theory]
    [InlineData("Id Slug", """[["1","a"]]""", "page:a price:1 product:1 slug:a stock:1 | catalog")]
    [InlineData("Id Language", """[["1","en"]]""", "price:1 product:1 stock:1 text:1:en | catalog")]
    [InlineData("Product.Slug", """[["a"]]""", "slug:a | catalog")]
    [InlineData("Id", """[["1"]]""", "price:1 product:1 stock:1 | catalog")]
    [InlineData("Id", """[[null]]""", " | catalog")]
    public void A_row_without_a_table_fills_every_template_it_can(string columns, string rows, string expected)
    {
        var (names, reason) = Interpret(Book, "Product", columns, rows);

        Assert.Null(reason);
        Assert.Equal(expected, names);
    }

    [Theory]
    [InlineData("shop.products", "Id Slug", """[["1","a"]]""", "page:a product:1 slug:a | catalog")]
    [InlineData("shop.texts", "Id Language", """[["1","en"]]""", "product:1 text:1:en | ")]
    [InlineData("shop.reviews", "Product.Slug", """[["a"]]""", "slug:a | ")]
    [InlineData("shop.stock", "Id", """[["1"]]""", "stock:1 | ")]
    [InlineData("shop.stock", "Id Slug", """[["1","a"]]""", "page:a price:1 product:1 slug:a stock:1 | catalog")]
    [InlineData("shop.gone", "Id", """[["1"]]""", "price:1 product:1 stock:1 | catalog")]
    public void A_row_fills_the_rules_of_its_table_and_the_configured_rules(string table, string columns, string rows, string expected)
    {
        var (names, reason) = Interpret(Book, "Product", columns, rows, table);

        Assert.Null(reason);
        Assert.Equal(expected, names);
    }

    [Fact]
    public void Two_tables_with_the_same_name_fill_each_others_rules()
    {
        var book = new RuleBook(
            Guid.NewGuid(),
            [
                new("Product", "shop", "shop.products", ["Id"], [Key("product:{Id}")]),
                new("Product", "shop", "shop.products", ["Id"], [Key("item:{Id}")]),
            ],
            []);

        Assert.Equal("item:1 product:1 | ", Interpret(book, "Product", "Id", """[["1"]]""", "shop.products").Names);
    }

    [Fact]
    public void A_message_needs_no_values_for_a_table_of_another_schema()
    {
        var book = new RuleBook(
            Guid.NewGuid(),
            [
                new("Product", "shop", "shop.products", ["Id"], [Key("product:{Id}")]),
                new("Product", "blog", "blog.products", ["Id", "Slug"], [Key("blog:{Id}:{Slug}")]),
            ],
            []);

        Assert.Equal("product:1 | ", Show(ChangeInterpreter.Interpret(Message("Id"), book)));
    }

    [Theory]
    [InlineData(
        "Slug Id",
        """[["a","1"]]""",
        "page:a price:1 product:1 slug:a stock:1 | Product catalog",
        "the template 'text:{Id}:{Language}' names 'Language', which the row does not hold; its columns: Slug, Id")]
    [InlineData(
        "Slug",
        """[["a"]]""",
        "page:a slug:a | Product catalog",
        "the template 'product:{Id}' names 'Id', which the row does not hold; its columns: Slug")]
    [InlineData("", "[[]]", " | Product catalog", "the template 'product:{Id}' names 'Id'")]
    public void A_row_that_matches_no_table_must_have_a_value_for_every_rule(string columns, string rows, string expected, string reason)
    {
        var (names, actual) = Interpret(Book, "Product", columns, rows);

        Assert.StartsWith(reason, actual, StringComparison.Ordinal);
        Assert.Equal(expected, names);
    }

    [Fact]
    public void A_row_that_matches_no_table_but_has_all_values_is_accepted() =>
        Assert.Null(Interpret(Book, "Product", "Product.Slug Language Slug Id", """[["a","en","a","1"]]""").Reason);

    [Fact]
    public void A_configured_rule_that_no_table_fills_is_reported_for_each_row()
    {
        var (names, actual) = Interpret(BookWithUnfilledRule, "Product", "Id", """[["1"]]""");

        Assert.Equal("the template 'page:{Title}' names 'Title', which the row does not hold; its columns: Id", actual);
        Assert.Equal("price:1 product:1 stock:1 | Product catalog", names);
    }

    [Fact]
    public void A_table_without_rules_is_reported_for_each_row() =>
        Assert.Equal("no purge rule is known for the entity 'Other'", Interpret(Book, "Other", "Id Language", """[["1","en"]]""").Reason);

    [Theory]
    [InlineData("Id Slug", "page:a price:1 product:1 slug:a stock:1 | catalog")]
    [InlineData("Id Language", "price:1 product:1 stock:1 text:1:en | catalog")]
    [InlineData("Product.Slug", "slug:b | catalog")]
    [InlineData("Id Slug Language Product.Slug", "page:a price:1 product:1 slug:a slug:b stock:1 text:1:en | catalog")]
    public void A_message_counts_as_a_row_of_one_of_the_tables(string properties, string expected) =>
        Assert.Equal(expected, Show(ChangeInterpreter.Interpret(Message(properties), Book)));

    [Theory]
    [InlineData("Id", "the template 'slug:{Slug}' needs a value for 'Slug'")]
    [InlineData("Slug", "the template 'product:{Id}' needs a value for 'Id'")]
    [InlineData("Language", "the template 'product:{Id}' needs a value for 'Id'")]
    [InlineData("", "the template 'product:{Id}' needs a value for 'Id'")]
    public void A_message_with_too_few_values_is_refused(string properties, string reason) =>
        Assert.Contains(
            reason,
            Assert.Throws<InvalidChangeException>(() => ChangeInterpreter.Interpret(Message(properties), Book)).Message,
            StringComparison.Ordinal);

    [Fact]
    public void A_message_must_fill_a_configured_rule_that_no_table_fills()
    {
        Assert.Contains(
            "the template 'page:{Title}' needs a value for 'Title'",
            Assert.Throws<InvalidChangeException>(
                () => ChangeInterpreter.Interpret(Message("Id Slug Language Product.Slug"), BookWithUnfilledRule)).Message,
            StringComparison.Ordinal);

        Assert.Equal(
            "page:t price:1 product:1 slug:a stock:1 | catalog",
            Show(ChangeInterpreter.Interpret(Message("Id Slug Title"), BookWithUnfilledRule)));
    }

    private static (string Names, string? Reason) Interpret(RuleBook book, string entity, string columns, string rows, string? table = null)
    {
        var names = new PurgeNames(new RedisKeys());
        var row = new OutboxRow(
            1,
            entity,
            "update",
            columns.Split(' ', StringSplitOptions.RemoveEmptyEntries),
            Encoding.UTF8.GetBytes(rows),
            default,
            Relation: table);
        var reason = OutboxRowInterpreter.Interpret(row, book, names);
        return (Show(names), reason);
    }

    private static EntityChanged Message(string properties)
    {
        Dictionary<string, string?> values = new(StringComparer.Ordinal)
        {
            ["Id"] = "1",
            ["Slug"] = "a",
            ["Language"] = "en",
            ["Product.Slug"] = "b",
            ["Title"] = "t",
        };
        return new EntityChanged("Product")
        {
            Values = properties.Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .ToDictionary(name => name, name => values[name], StringComparer.Ordinal),
        };
    }

    private static PurgeRule Key(string template) => new("Product", RuleKind.Key, PurgeTemplate.Parse(template));

    private static PurgeRule Tag(string template) => new("Product", RuleKind.Tag, PurgeTemplate.Parse(template));

    private static string Show(PurgeNames names) =>
        $"{string.Join(' ', names.Keys.Order(StringComparer.Ordinal))} | {string.Join(' ', names.Tags.Order(StringComparer.Ordinal))}";
}
