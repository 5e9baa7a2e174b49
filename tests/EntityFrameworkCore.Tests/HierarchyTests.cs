using LastMile.Events.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace EntityFrameworkCore.Tests;

public sealed class HierarchyTests(ShopDatabase database) : IClassFixture<ShopDatabase>
{
    private static readonly Action<ModelBuilder> Rules = model =>
    {
        model.Entity<Animal>().PurgesKey("animal:{Id}");
        model.Entity<Dog>().PurgesKey("dog:{Id}:{Breed}");
    };

    [Fact]
    public async Task A_table_per_hierarchy_combines_the_rules_of_all_types_under_the_name_of_the_root()
    {
        await using var zoo = await CapturedShop.CreateAsync(database, Zoo.InOneTable + Rules);

        zoo.Shop.Add(new Dog { Id = 1, Name = "Rex", Breed = "pug" });
        var dog = await zoo.SaveAsync();
        zoo.Shop.Add(new Cat { Id = 2, Name = "Tom", Lives = 9 });
        var cat = await zoo.SaveAsync();

        Assert.Equal(["Animal insert Id,Breed [1,pug]"], dog);
        Assert.Equal(["Animal insert Id,Breed [2,]"], cat);
        Assert.Equal(["animals Animal key animal:{Id}", "animals Animal key dog:{Id}:{Breed}"], await zoo.Outbox.TrackedAsync());
        Assert.Empty(await zoo.Outbox.AuditAsync());
    }

    [Fact]
    public async Task A_rule_of_a_base_type_applies_to_each_table_per_concrete_type()
    {
        await using var zoo = await CapturedShop.CreateAsync(database, Zoo.ATablePerConcreteType + Rules);

        zoo.Shop.Add(new Dog { Id = 1, Name = "Rex", Breed = "pug" });
        var dog = await zoo.SaveAsync();
        zoo.Shop.Add(new Cat { Id = 2, Name = "Tom", Lives = 9 });
        var cat = await zoo.SaveAsync();

        Assert.Equal(["Animal insert Id,Breed [1,pug]"], dog);
        Assert.Equal(["Animal insert Id [2]"], cat);
    }

    [Fact]
    public async Task A_rule_fires_for_a_change_in_any_table_of_a_row_with_a_table_per_type()
    {
        await using var zoo = await CapturedShop.CreateAsync(database, Zoo.ATablePerType + (model =>
        {
            model.Entity<Animal>().PurgesKey("animal:{Id}");
            model.Entity<Dog>().PurgesKey("dog:{Name}:{Breed}");
        }));
        var rex = new Dog { Id = 1, Name = "Rex", Breed = "pug" };
        zoo.Shop.Add(rex);
        await zoo.SaveAsync();

        rex.Breed = "boxer";
        var breed = await zoo.SaveAsync();
        rex.Name = "Max";
        var name = await zoo.SaveAsync();

        Assert.Equal(["Animal update Id,Animal.Name,Breed [1,Rex,boxer] [1,Rex,pug]"], breed);
        Assert.Equal(["Animal update Id,Name,Dog.Breed [1,Max,boxer] [1,Rex,boxer]"], name);
        Assert.Empty(await zoo.Outbox.AuditAsync());
    }

    [Fact]
    public async Task A_rule_that_mixes_tables_purges_the_roots_tag_if_a_sibling_changes()
    {
        await using var zoo = await CapturedShop.CreateAsync(
            database, Zoo.ATablePerType + (model => model.Entity<Dog>().PurgesKey("dog:{Name}:{Breed}")));
        var tom = new Cat { Id = 2, Name = "Tom" };
        zoo.Shop.Add(tom);
        var added = await zoo.SaveAsync();

        tom.Name = "Kit";
        var renamed = await zoo.SaveAsync();

        Assert.Equal(["Animal insert Name,Dog.Breed [Tom,]"], added);
        Assert.Contains(renamed, row => row.StartsWith("Animal unresolved", StringComparison.Ordinal));
    }

    [Fact]
    public void A_table_per_type_is_joined_by_the_primary_key()
    {
        var declared = Zoo.ATablePerType + (model => model.Entity<Dog>().PurgesKey("dog:{Name}:{Breed}"));

        var animals = Shop.Declaration(declared, "animals")!;
        var dogs = Shop.Declaration(declared, "dogs")!;

        Assert.Equal(("Animal", "dog:{Name}:{Dog.Breed}"), (animals.Entity, Assert.Single(animals.Keys)));
        Assert.Equal("dogs on Id = Id", animals.Joins!["Dog"].ToString());
        Assert.Equal("Breed", animals.Columns["Dog.Breed"]);
        Assert.Equal(("Animal", "dog:{Animal.Name}:{Breed}"), (dogs.Entity, Assert.Single(dogs.Keys)));
        Assert.Equal("animals on Id = Id", dogs.Joins!["Animal"].ToString());
        Assert.Null(Shop.Declaration(declared, "cats"));
    }

    [Fact]
    public void A_column_is_ignored_only_in_the_table_that_has_it()
    {
        var declared = Zoo.ATablePerType + (model => model.Entity<Dog>().PurgesKey("dog:{Id}").IgnoresChangesTo("Name", "Breed"));

        Assert.Equal(["Name"], Shop.Declaration(declared, "animals")!.Ignore);
        Assert.Equal(["Breed"], Shop.Declaration(declared, "dogs")!.Ignore);
    }

    [Fact]
    public void A_rule_of_a_split_entity_applies_to_both_tables()
    {
        Action<ModelBuilder> declared = model => model.Entity<Product>().ToTable("products")
            .SplitToTable("product_counts", counts => counts.Property(product => product.Views))
            .PurgesKey("product:{Id}:{Slug}");

        Assert.Equal("product:{Id}:{Slug}", Assert.Single(Shop.Declaration(declared, "products")!.Keys));
        var counts = Shop.Declaration(declared, "product_counts")!;
        Assert.Equal(("Product", "product:{Id}:{Product.Slug}"), (counts.Entity, Assert.Single(counts.Keys)));
    }

    [Fact]
    public void A_rule_that_base_and_derived_type_declare_is_tracked_once()
    {
        var declared = Zoo.InOneTable + Rules + (model => model.Entity<Dog>().PurgesKey("animal:{Id}"));

        Assert.Equal(["animal:{Id}", "dog:{Id}:{Breed}"], Shop.Declaration(declared, "animals")!.Keys);
    }
}
