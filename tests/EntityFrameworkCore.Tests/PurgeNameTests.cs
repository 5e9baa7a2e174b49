using LastMile.Events.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace EntityFrameworkCore.Tests;

public sealed class PurgeNameTests(ShopDatabase database) : IClassFixture<ShopDatabase>
{
    private static readonly Action<ModelBuilder> TwoProducts = model =>
    {
        model.Entity<Product>().ToTable("products").PurgesKey("product:{Id}");
        model.Entity<Other.Product>().ToTable("products", "other").PurgesKey("other:{Id}")
            .Property(product => product.Id).ValueGeneratedNever();
    };

    [Fact]
    public async Task The_model_sets_the_name_of_an_entity()
    {
        await using var shop = await CapturedShop.CreateAsync(
            database, TwoProducts + (model => model.Entity<Other.Product>().HasPurgeName("other.Product")));

        shop.Shop.Add(new Other.Product { Id = 7 });

        Assert.Equal(["other.Product insert Id [7]"], await shop.SaveAsync());
        Assert.Equal(
            ["other.products other.Product key other:{Id}", "products Product key product:{Id}"], await shop.Outbox.TrackedAsync());
    }

    [Fact]
    public void A_name_that_two_entities_share_by_accident_is_an_error()
    {
        const string Expected =
            "EntityFrameworkCore.Tests.Other.Product and EntityFrameworkCore.Tests.Product are all named Product in purge rules and "
            + "messages, so a change of one would purge the tag of the others. Give them different names with HasPurgeName(…), or "
            + "declare the same name on each if they are one entity.";

        Assert.Equal(Expected, ErrorOf(TwoProducts));
        Assert.Equal(Expected, ErrorOf(TwoProducts + (model => model.Entity<Product>().HasPurgeName("Product"))));
    }

    [Fact]
    public void Two_owned_types_of_one_class_in_separate_tables_share_a_name_by_accident()
    {
        var error = ErrorOf(Orders.Customers + (model =>
        {
            model.Entity<Customer>().OwnsMany(customer => customer.Phones).PurgesKey("customer:{CustomerId}");
            model.Entity<Supplier>().OwnsMany(
                supplier => supplier.Phones, phones => phones.ToTable("supplier_phones").PurgesKey("supplier:{SupplierId}"));
        }));

        Assert.Contains("are all named Phone", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Entities_that_declare_the_same_name_share_it()
    {
        var declared = TwoProducts + (model =>
        {
            model.Entity<Product>().HasPurgeName("Product");
            model.Entity<Other.Product>().HasPurgeName("Product");
        });

        Assert.All(
            Shop.ModelOf(declared).Tables,
            table => Assert.Contains("\"entity\":\"Product\"", (string)table["LastMile:Capture"]!, StringComparison.Ordinal));
    }

    [Fact]
    public void The_tables_of_a_hierarchy_may_share_a_name()
    {
        Action<ModelBuilder> rules = model => model.Entity<Animal>().HasPurgeName("zoo.Animal").PurgesKey("animal:{Id}");

        Assert.Equal("zoo.Animal", Shop.Declaration(Zoo.ATablePerType + rules, "dogs")!.Entity);
        Assert.Equal("zoo.Animal", Shop.Declaration(Zoo.ATablePerConcreteType + rules, "cats")!.Entity);
    }

    [Fact]
    public void A_name_on_a_type_that_does_not_name_a_table_is_an_error()
    {
        var derived = ErrorOf(Zoo.InOneTable + (model => model.Entity<Dog>().HasPurgeName("Dog").PurgesKey("dog:{Id}")));
        var owned = ErrorOf(Orders.Customers + (model =>
            model.Entity<Customer>().PurgesKey("customer:{Id}").OwnsOne(customer => customer.Address).HasPurgeName("Address")));

        Assert.Contains(
            "Dog: HasPurgeName(\"Dog\") has no effect, because the table is captured as Animal. Declare it on Animal.",
            derived,
            StringComparison.Ordinal);
        Assert.Contains(
            "has no effect, because the table is captured as Customer. Declare it on Customer.", owned, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a\nb")]
    public void A_name_that_is_not_a_valid_tag_is_an_error(string name) =>
        Assert.Throws<ArgumentException>(() => Shop.ModelOf(model => model.Entity<Product>().HasPurgeName(name)));

    [Fact]
    public void The_rule_for_every_entity_escapes_braces_in_a_name()
    {
        var declared = Shop.Declaration(
            model =>
            {
                model.PurgesEveryEntity("{Entity}:{Key}");
                model.Entity<Product>().ToTable("products").HasPurgeName("{shop}");
            },
            "products")!;

        Assert.Equal(["{{shop}}:{Id}"], declared.Keys);
    }

    [Fact]
    public void A_migration_applies_a_changed_name()
    {
        var sql = Shop.Migration(Shop.Declared, Shop.Declared + (model => model.Entity<Product>().HasPurgeName("shop_a.Product")));

        Assert.Contains("entity => 'shop_a.Product'", sql[^1], StringComparison.Ordinal);
    }

    private static string ErrorOf(Action<ModelBuilder> declare) =>
        Assert.Throws<InvalidOperationException>(() => Shop.ModelOf(declare)).Message;

    private sealed class Supplier
    {
        public int Id { get; set; }

        public List<Phone> Phones { get; set; } = [];
    }
}
