using LastMile.Events.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace EntityFrameworkCore.Tests;

public sealed class OwnedTypeTests(ShopDatabase database) : IClassFixture<ShopDatabase>
{
    [Fact]
    public async Task Properties_of_an_owned_type_in_the_owners_table_have_dotted_names()
    {
        await using var orders = await CapturedShop.CreateAsync(database, Orders.Customers + (model =>
            model.Entity<Customer>().PurgesKey("zip:{Address.City}:{Address.Place.Zip}")
                .IgnoresChangesTo(customer => customer.Address.Note)));
        var customer = new Customer { Id = 7, Address = { City = "Oslo", Place = { Zip = "0150" } } };
        orders.Shop.Add(customer);

        var added = await orders.SaveAsync();
        customer.Address.Place.Zip = "0151";
        var moved = await orders.SaveAsync();
        customer.Address.Note = "ring twice";
        var noted = await orders.SaveAsync();

        Assert.Equal(["Customer insert Address.City,Address.Place.Zip [Oslo,0150]"], added);
        Assert.Equal(["Customer update Address.City,Address.Place.Zip [Oslo,0150] [Oslo,0151]"], moved);
        Assert.Empty(noted);
    }

    [Fact]
    public async Task A_rule_of_an_owned_type_in_the_owners_table_is_combined_with_the_owners_rules()
    {
        await using var orders = await CapturedShop.CreateAsync(database, Orders.Customers + (model =>
        {
            model.Entity<Customer>().PurgesKey("customer:{Id}");
            model.Entity<Customer>().OwnsOne(customer => customer.Address)
                .PurgesTag("city:{City}").IgnoresChangesTo(address => address.Note);
        }));

        orders.Shop.Add(new Customer { Id = 7, Address = { City = "Oslo" } });

        Assert.Equal(["Customer insert Id,City [7,Oslo]"], await orders.SaveAsync());
        Assert.Equal(["customers Customer key customer:{Id}", "customers Customer tag city:{City}"], await orders.Outbox.TrackedAsync());
    }

    [Fact]
    public async Task A_change_in_the_table_of_an_owned_collection_purges_the_owner()
    {
        await using var orders = await CapturedShop.CreateAsync(database, Orders.Customers + (model =>
            model.Entity<Customer>().OwnsMany(customer => customer.Phones).PurgesKey("customer:{CustomerId}").CapturesStrictly()));
        var customer = new Customer { Id = 7, Phones = { new Phone { Id = 1, Number = "1" } } };
        orders.Shop.Add(customer);

        var added = await orders.SaveAsync();
        customer.Phones[0].Number = "2";
        var changed = await orders.SaveAsync();

        Assert.Equal(["Phone insert CustomerId [7]"], added);
        Assert.Equal(["Phone update CustomerId [7]"], changed);
    }

    [Fact]
    public void An_owned_type_in_a_separate_table_is_joined()
    {
        Action<ModelBuilder> declared = Orders.Customers + (model =>
        {
            model.Entity<Customer>().OwnsOne(customer => customer.Address).ToTable("addresses");
            model.Entity<Customer>().PurgesKey("city:{Address.City}");
        });

        var customers = Shop.Declaration(declared, "customers")!;

        Assert.Equal("addresses on Id = CustomerId", customers.Joins!["Address"].ToString());
    }

    [Fact]
    public void Properties_of_a_complex_type_have_dotted_names()
    {
        Action<ModelBuilder> declared = model =>
        {
            model.Entity<Customer>().Ignore(customer => customer.Phones).Ignore(customer => customer.Reviews);
            model.Entity<Customer>().ComplexProperty(
                customer => customer.Address, address => address.ComplexProperty(owned => owned.Place));
            model.Entity<Customer>().ToTable("customers").PurgesKey("zip:{Address.Place.Zip}");
        };

        Assert.Equal("Address_Place_Zip", Shop.Declaration(declared, "customers")!.Columns["Address.Place.Zip"]);
    }

    [Fact]
    public async Task Types_that_share_a_table_are_captured_as_the_principal_type()
    {
        await using var shop = await CapturedShop.CreateAsync(database, model =>
        {
            model.Entity<Price>().ToTable("products").PurgesKey("price:{Amount}");
            model.Entity<Product>().ToTable("products").PurgesKey("product:{Id}").Property(product => product.Id).ValueGeneratedNever();
            model.Entity<Price>().HasOne<Product>().WithOne().HasForeignKey<Price>(price => price.Id);
        });

        shop.Shop.AddRange(new Product { Id = 1 }, new Price { Id = 1, Amount = 5 });

        Assert.Equal(["Product insert Amount,Id [5,1]"], await shop.SaveAsync());
    }

    [Fact]
    public async Task A_many_to_many_join_purges_the_keys_and_tags_of_both_ends()
    {
        await using var blog = await CapturedShop.CreateAsync(database, Orders.Posts + (model =>
            model.Entity<Post>().HasMany(post => post.Labels).WithMany(label => label.Posts)
                .UsingEntity(join => join.PurgesKey("post:{PostsId}").PurgesTag("label:{LabelsId}"))));
        var post = new Post { Id = 1, Labels = { new Label { Id = 2 } } };
        blog.Shop.Add(post);

        var added = await blog.SaveAsync();
        post.Labels.Clear();
        var removed = await blog.SaveAsync();

        Assert.Equal(["LabelPost insert PostsId,LabelsId [1,2]"], added);
        Assert.Equal(["LabelPost delete PostsId,LabelsId [1,2]"], removed);
    }

    private sealed class Price
    {
        public int Id { get; set; }

        public int Amount { get; set; }
    }
}
