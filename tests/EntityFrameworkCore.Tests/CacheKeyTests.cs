using LastMile.Events.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace EntityFrameworkCore.Tests;

/// <summary>Keys and tags for readers, from values and from entities, without a database.</summary>
public sealed class CacheKeyTests
{
    private static readonly Action<ModelBuilder> Reviewed = Orders.Customers + (model =>
    {
        model.Entity<Customer>().PurgesKey("customer:{Id}:{Address.City}").PurgesTag("note:{Address.Note}");
        model.Entity<Review>().PurgesKey("reviews:of:{Customer.Name}");
    });

    [Fact]
    public void A_rule_renders_a_key_or_tag_from_values()
    {
        using var shop = new Shop(Shop.Declared);

        Assert.Equal("product:7", shop.CacheKey<Product>("product:{Id}", 7));
        Assert.Equal("line:5/1", shop.CacheKey<OrderLine>("line:{OrderId}/{Line}", 5, 1));
        Assert.Equal("category:3", shop.CacheTag<Product>("category:{CategoryId}", 3));
    }

    [Fact]
    public void An_entity_returns_all_its_keys_and_tags()
    {
        using var shop = new Shop(Shop.Declared);
        var product = new Product { Id = 7, Slug = "shoe", CategoryId = 3 };

        Assert.Equal(["product:7", "product:slug:shoe"], shop.CacheKeys(product));
        Assert.Equal(["category:3"], shop.CacheTags(product));
    }

    [Fact]
    public void A_rule_with_a_null_value_has_no_key()
    {
        using var shop = new Shop(Shop.Declared);

        Assert.Equal(["product:7"], shop.CacheKeys(new Product { Id = 7 }));
        var error = Assert.Throws<ArgumentException>(() => shop.CacheKey<Product>("product:slug:{Slug}", [null]));
        Assert.Contains("\"product:slug:{Slug}\" has no key if Slug is null", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_undeclared_template_is_an_error_that_suggests_the_nearest_one()
    {
        using var shop = new Shop(Shop.Declared);

        var misspelt = Assert.Throws<InvalidOperationException>(() => shop.CacheKey<Product>("products:{Id}", 7));
        var tag = Assert.Throws<InvalidOperationException>(() => shop.CacheTag<OrderLine>("line:{OrderId}", 7));

        Assert.Contains(
            "Product declares no PurgesKey(\"products:{Id}\"), so no purge drops it. Did you mean \"product:{Id}\"? "
            + "It declares: product:{Id}, product:slug:{Slug}.",
            misspelt.Message,
            StringComparison.Ordinal);
        Assert.Contains("OrderLine declares no PurgesTag(…), so no purge drops \"line:{OrderId}\".", tag.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Values_must_match_the_placeholders_in_number_and_type()
    {
        using var shop = new Shop(Shop.Declared);

        var few = Assert.Throws<ArgumentException>(() => shop.CacheKey<OrderLine>("line:{OrderId}/{Line}", 5));
        var text = Assert.Throws<ArgumentException>(() => shop.CacheKey<Product>("product:{Id}", "7"));

        Assert.Contains("takes 2 values (OrderId, Line), not 1", few.Message, StringComparison.Ordinal);
        Assert.Contains("Id is of type Int32, but its value is of type String", text.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_derived_type_has_the_keys_of_its_base_types_too()
    {
        using var shop = new Shop(Zoo.InOneTable + (model =>
        {
            model.Entity<Animal>().PurgesKey("animal:{Id}");
            model.Entity<Dog>().PurgesKey("dog:{Breed}");
        }));

        Assert.Equal("animal:1", shop.CacheKey<Dog>("animal:{Id}", 1));
        Assert.Equal(["animal:1", "dog:pug"], shop.CacheKeys(new Dog { Id = 1, Breed = "pug" }).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Values_of_owned_types_and_references_are_read_from_them()
    {
        using var shop = new Shop(Reviewed);
        var ann = new Customer { Id = 7, Name = "Ann", Address = { City = "Oslo" } };

        Assert.Equal(["customer:7:Oslo"], shop.CacheKeys(ann));
        Assert.Empty(shop.CacheTags(ann));
        Assert.Equal(["reviews:of:Ann"], shop.CacheKeys(new Review { Id = 1, CustomerId = 7, Customer = ann }));
        Assert.Equal("reviews:of:Ann", shop.CacheKey<Review>("reviews:of:{Customer.Name}", "Ann"));
    }

    [Fact]
    public void A_reference_that_is_not_loaded_is_an_error()
    {
        using var shop = new Shop(Reviewed);

        var error = Assert.Throws<InvalidOperationException>(() => shop.CacheKeys(new Review { Id = 1, CustomerId = 7 }));

        Assert.Contains("Review.Customer is not loaded", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_shadow_property_is_read_only_from_a_tracked_entity()
    {
        using var shop = new Shop(model =>
        {
            model.Entity<Product>().PurgesKey("{Tenant}:{Id}").Property<string>("Tenant");
        });
        var product = new Product { Id = 7 };

        var error = Assert.Throws<InvalidOperationException>(() => shop.CacheKeys(product));
        shop.Attach(product).Property("Tenant").CurrentValue = "acme";

        Assert.Contains("only tracked entities hold the shadow property Tenant", error.Message, StringComparison.Ordinal);
        Assert.Equal(["acme:7"], shop.CacheKeys(product));
    }

    [Fact]
    public void A_shared_class_is_identified_by_its_entity_type()
    {
        using var shop = new Shop(Orders.Posts + (model => model.Entity<Post>().HasMany(post => post.Labels).WithMany(label => label.Posts)
            .UsingEntity(join => join.PurgesKey("post:{PostsId}"))));

        Assert.Equal("post:1", shop.CacheKey(shop.Model.FindEntityType("LabelPost")!, "post:{PostsId}", 1));
    }

    [Fact]
    public void The_rule_for_every_entity_gives_each_entity_a_key()
    {
        using var shop = new Shop((Action<ModelBuilder>)(model => model.PurgesEveryEntity("{Entity}:{Key}")) + Shop.Declared);

        Assert.Contains("Product:7", shop.CacheKeys(new Product { Id = 7 }));
        Assert.Equal("OrderLine:5:1", shop.CacheKey<OrderLine>("OrderLine:{OrderId}:{Line}", 5, 1));
    }

    [Fact]
    public void The_tag_of_an_entity_is_the_captured_name_of_its_table()
    {
        using var shop = new Shop(Zoo.ATablePerType + (model => model.Entity<Product>().HasPurgeName("shop_a.Product")));

        Assert.Equal("Animal", shop.EntityTag<Dog>());
        Assert.Equal("shop_a.Product", shop.EntityTag<Product>());
        Assert.Throws<InvalidOperationException>(() => shop.EntityTag<Review>());
    }
}
