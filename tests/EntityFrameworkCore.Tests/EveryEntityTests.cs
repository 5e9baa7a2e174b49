using LastMile.Events.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace EntityFrameworkCore.Tests;

public sealed class EveryEntityTests(ShopDatabase database) : IClassFixture<ShopDatabase>
{
    [Fact]
    public async Task Every_entity_purges_its_key()
    {
        await using var shop = await CapturedShop.CreateAsync(database, model =>
        {
            model.PurgesEveryEntity("{Entity}:{Key}");
            Shop.Declared(model);
            Zoo.InOneTable(model);
        });

        shop.Shop.Add(new Dog { Id = 1 });

        Assert.Equal(["Animal insert Id [1]"], await shop.SaveAsync());
        Assert.Equal(
            [
                "animals Animal key Animal:{Id}",
                "products Product key Product:{Id}",
                "products Product key product:slug:{Slug}",
                "products Product key product:{Id}",
                "products Product tag category:{CategoryId}",
                "sales.\"Order \"\"Lines\"\"\" OrderLine key OrderLine:{OrderId}:{Line}",
                "sales.\"Order \"\"Lines\"\"\" OrderLine key line:{OrderId}/{Line}",
            ],
            await shop.Outbox.TrackedAsync());
    }

    [Fact]
    public void A_rule_that_an_entity_declares_itself_is_not_added_twice()
    {
        var declaration = Shop.Declaration(
            model =>
            {
                model.Entity<Product>().PurgesKey("Product:{Id}").ToTable("products");
                model.PurgesEveryEntity("{Entity}:{Key}").PurgesEveryEntity("{Entity}:{Key}");
            },
            "products")!;

        Assert.Equal(["Product:{Id}"], declaration.Keys);
    }

    [Fact]
    public void Rows_that_are_part_of_another_entity_purge_its_key()
    {
        Action<ModelBuilder> declared = Orders.Customers + Orders.Posts + (model => model.PurgesEveryEntity("v1:{Entity}:{Key}"));

        Assert.Equal(["v1:Customer:{Id}"], Shop.Declaration(declared, "customers")!.Keys);
        Assert.Equal(["v1:Customer:{CustomerId}"], Shop.Declaration(declared, "phones")!.Keys);
        Assert.Equal(["v1:Label:{LabelsId}", "v1:Post:{PostsId}"], Shop.Declaration(declared, "post_labels")!.Keys);
    }

    [Fact]
    public void Types_without_a_key_or_a_table_are_left_out()
    {
        var model = Shop.ModelOf(builder =>
        {
            builder.Entity<Product>().ToView("product_view");
            builder.Entity<Review>().HasNoKey().Ignore(review => review.Customer).ToTable("reviews");
            builder.Entity<Label>().Ignore(label => label.Posts).ToTable("labels");
            builder.PurgesEveryEntity("{Entity}:{Key}");
        });

        var captured = model.Tables.Where(table => table.FindAnnotation("LastMile:Capture") is not null);

        Assert.Equal("labels", Assert.Single(captured).Name);
    }
}
