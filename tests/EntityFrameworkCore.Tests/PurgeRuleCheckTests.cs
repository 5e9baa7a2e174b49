using LastMile.Events.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Xunit;

namespace EntityFrameworkCore.Tests;

public sealed class PurgeRuleCheckTests
{
    [Theory]
    [InlineData("product:{Slugg}", "Product: PurgesKey(\"product:{Slugg}\") names Slugg, which is no property of it. Did you mean Slug? Its properties: Id, CategoryId, Colours, Slug, Views.")]
    [InlineData("product:{slug}", "Did you mean Slug?")]
    [InlineData("product:{Manufacturer}", "names Manufacturer, which is no property of it. Its properties: Id,")]
    [InlineData("product:{Colours}", "names Colours, which is a collection and has no one text")]
    [InlineData("product:{Views}", "names {Views}, whose changes IgnoresChangesTo(\"Views\") leaves out")]
    [InlineData("product:{Id", "Product: PurgesKey(\"product:{Id\"): the template has a '{' at position 9 that is not closed")]
    [InlineData("product:{}", "has an empty placeholder at position 9")]
    [InlineData("", "the template is empty")]
    [InlineData("product:{CategoryId}", "PurgesKey(\"product:{CategoryId}\") is declared 2 times")]
    public void A_key_that_cannot_be_rendered_is_an_error_when_the_model_is_built(string template, string expected)
    {
        var error = ErrorOf(product => product.PurgesKey("product:{CategoryId}").PurgesKey(template).IgnoresChangesTo("Views"));

        Assert.Contains(expected, error, StringComparison.Ordinal);
    }

    [Fact]
    public void Tags_and_ignored_properties_are_checked_as_keys_are()
    {
        var error = ErrorOf(product => product.PurgesTag("t:{Nope}").PurgesTag("a").PurgesTag("a").IgnoresChangesTo("View"));

        Assert.Contains("PurgesTag(\"t:{Nope}\") names Nope", error, StringComparison.Ordinal);
        Assert.Contains("PurgesTag(\"a\") is declared 2 times", error, StringComparison.Ordinal);
        Assert.Contains("IgnoresChangesTo(\"View\") names View, which is no property of it. Did you mean Views?", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Ignored_properties_without_a_rule_are_an_error()
    {
        var error = ErrorOf(product => product.IgnoresChangesTo(entity => entity.Views));

        Assert.Contains("stands without a PurgesKey", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_type_without_a_table_cannot_be_captured()
    {
        var error = ErrorOf(product => product.ToView("product_view").PurgesKey("product:{Id}"));

        Assert.Contains("this type is mapped to the view product_view", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_derived_type_in_its_bases_table_is_pointed_to_the_root()
    {
        var error = ErrorOf(model =>
        {
            model.Entity<OrderLine>().HasKey(line => new { line.OrderId, line.Line });
            model.Entity<GiftLine>().PurgesKey("gift:{Greeting}");
        });

        Assert.Contains("GiftLine: purge rules stand on a derived type that shares the table OrderLine", error, StringComparison.Ordinal);
        Assert.Contains("Declare them on OrderLine.", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_types_in_one_table_may_not_both_declare()
    {
        var error = ErrorOf(model =>
        {
            model.Entity<Product>().ToTable("products").PurgesKey("product:{Id}");
            model.Entity<Price>().ToTable("products").PurgesKey("price:{Id}");
            model.Entity<Price>().HasOne<Product>().WithOne().HasForeignKey<Price>(price => price.Id);
        });

        Assert.Contains("Price: purge rules stand on this type and on Product, and both are in the table products", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_property_stored_in_another_table_cannot_be_named()
    {
        var error = ErrorOf(model =>
        {
            model.Entity<OrderLine>().UseTptMappingStrategy().HasKey(line => new { line.OrderId, line.Line });
            model.Entity<GiftLine>().ToTable("gifts").PurgesKey("gift:{Sku}");
        });

        Assert.Contains("PurgesKey(\"gift:{Sku}\") names Sku, which has no column in the table gifts", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Rules_without_UseLastMile_are_an_error_as_nothing_would_capture()
    {
        using var context = new WithoutLastMile();

        var error = Assert.Throws<InvalidOperationException>(() => context.Model);

        Assert.Contains("Product declares purge rules, but nothing would capture its changes: add UseLastMile()", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void UseLastMile_without_UseNpgsql_is_an_error()
    {
        var options = new DbContextOptionsBuilder().UseLastMile().Options;

        var error = Assert.Throws<InvalidOperationException>(() => new DbContext(options));

        Assert.Contains("call UseNpgsql(…) too", error.Message, StringComparison.Ordinal);
    }

    private static string ErrorOf(Action<EntityTypeBuilder<Product>> declare) =>
        ErrorOf((ModelBuilder model) => declare(model.Entity<Product>()));

    private static string ErrorOf(Action<ModelBuilder> declare) =>
        Assert.Throws<InvalidOperationException>(() => Shop.ModelOf(declare)).Message;

    private sealed class Price
    {
        public int Id { get; set; }
    }

    private sealed class WithoutLastMile : DbContext
    {
        protected override void OnConfiguring(DbContextOptionsBuilder optionsBuilder) => optionsBuilder.UseNpgsql("Host=nowhere");

        protected override void OnModelCreating(ModelBuilder modelBuilder) => modelBuilder.Entity<Product>().PurgesKey("product:{Id}");
    }
}
