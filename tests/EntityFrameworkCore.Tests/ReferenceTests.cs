using LastMile.Events.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace EntityFrameworkCore.Tests;

public sealed class ReferenceTests(ShopDatabase database) : IClassFixture<ShopDatabase>
{
    private static readonly Action<ModelBuilder> Rules = Orders.Customers + (model =>
    {
        model.Entity<Customer>().PurgesKey("reviews:of:{Name}").PurgesTag("city:{Address.City}");
        model.Entity<Review>().PurgesKey("reviews:of:{Customer.Name}").PurgesTag("city:{Customer.Address.City}");
    });

    [Fact]
    public async Task A_rule_with_a_reference_looks_up_the_referenced_row_for_old_and_new_rows()
    {
        await using var orders = await CapturedShop.CreateAsync(database, Rules);
        var review = new Review { Id = 1, CustomerId = 7 };
        orders.Shop.AddRange(
            new Customer { Id = 7, Name = "Ann", Address = { City = "Oslo" } },
            new Customer { Id = 8, Name = "Bo", Address = { City = "Rome" } },
            review);

        var added = await orders.SaveAsync();
        review.CustomerId = 8;
        var moved = await orders.SaveAsync();

        Assert.Equal("Review insert Customer.Name,Customer.Address_City [Ann,Oslo]", added[^1]);
        Assert.Equal(["Review update Customer.Name,Customer.Address_City [Ann,Oslo] [Bo,Rome]"], moved);
        Assert.Empty(await orders.Outbox.AuditAsync());
    }

    [Fact]
    public void The_foreign_key_determines_the_joined_table_and_columns()
    {
        var reviews = Shop.Declaration(Rules, "reviews")!;

        Assert.Equal(["reviews:of:{Customer.Name}"], reviews.Keys);
        Assert.Equal(("Name", "Address_City"), (reviews.Columns["Customer.Name"], reviews.Columns["Customer.Address_City"]));
        Assert.All(reviews.Joins!.Values, join => Assert.Equal("customers on customer_id = Id", join.ToString()));
    }

    [Fact]
    public void A_composite_foreign_key_joins_on_all_its_columns()
    {
        var lines = Shop.Declaration(
            model =>
            {
                model.Entity<OrderLine>().ToTable("lines", "sales").HasKey(line => new { line.OrderId, line.Line });
                model.Entity<Parcel>().ToTable("parcels").HasOne(parcel => parcel.Content).WithMany()
                    .HasForeignKey("content_order", "content_line");
                model.Entity<Parcel>().PurgesKey("sku:{Content.Sku}");
            },
            "parcels")!;

        Assert.Equal("sales.lines on content_line = Line, content_order = OrderId", lines.Joins!["Content"].ToString());
    }

    [Fact]
    public void A_reference_to_a_table_per_type_joins_the_table_that_has_the_column()
    {
        Action<ModelBuilder> declared = Zoo.ATablePerType + (model =>
        {
            model.Entity<Kennel>().ToTable("kennels").HasOne(kennel => kennel.Dog).WithMany().HasForeignKey("dog_id");
            model.Entity<Kennel>().PurgesKey("dog:{Dog.Name}:{Dog.Breed}");
        });

        var kennels = Shop.Declaration(declared, "kennels")!;

        Assert.Equal(["dog:{Dog_Animal.Name}:{Dog.Breed}"], kennels.Keys);
        Assert.Equal(["dogs on dog_id = Id", "animals on dog_id = Id"], kennels.Joins!.Values.Select(join => join.ToString()));
    }

    private sealed class Parcel
    {
        public int Id { get; set; }

        public OrderLine? Content { get; set; }
    }

    private sealed class Kennel
    {
        public int Id { get; set; }

        public Dog? Dog { get; set; }
    }
}
