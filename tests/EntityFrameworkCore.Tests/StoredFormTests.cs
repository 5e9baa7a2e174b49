using LastMile.Events.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace EntityFrameworkCore.Tests;

public sealed class StoredFormTests(ShopDatabase database) : IClassFixture<ShopDatabase>
{
    private enum Size
    {
        Small,
        Large,
    }

    [Fact]
    public async Task A_key_shows_the_stored_form_of_a_converted_property()
    {
        await using var shop = await CapturedShop.CreateAsync(database, model =>
        {
            model.Entity<Shirt>().PurgesKey("shirt:{Number}:{Text}:{Code}").Property(shirt => shirt.Id).ValueGeneratedNever();
            model.Entity<Shirt>().Property(shirt => shirt.Text).HasConversion<string>();
            model.Entity<Shirt>().Property(shirt => shirt.Code).HasConversion(code => "c-" + code, stored => stored.Substring(2));
        });

        shop.Shop.Add(new Shirt { Id = 1, Number = Size.Large, Text = Size.Large, Code = "x" });

        Assert.Equal(["Shirt insert Number,Text,Code [1,Large,c-x]"], await shop.SaveAsync());
    }

    [Fact]
    public async Task A_template_may_name_a_shadow_property()
    {
        await using var shop = await CapturedShop.CreateAsync(database, Shop.Declared + (model =>
        {
            model.Entity<Product>().Property<string>("Tenant").HasColumnName("tenant_id");
            model.Entity<Product>().PurgesTag("tenant:{Tenant}");
        }));

        var entry = shop.Shop.Add(new Product { Id = 1, Slug = "a", CategoryId = 3 });
        entry.Property("Tenant").CurrentValue = "acme";

        Assert.Equal(["Product insert Id,Slug,CategoryId,Tenant [1,a,3,acme]"], await shop.SaveAsync());
    }

    [Fact]
    public async Task Columns_and_tables_of_a_naming_convention_are_found()
    {
        await using var orders = await CapturedShop.CreateAsync(
            database,
            model =>
            {
                model.Entity<Customer>().Ignore(customer => customer.Phones).Property(customer => customer.Id).ValueGeneratedNever();
                model.Entity<Customer>().OwnsOne(customer => customer.Address, address => address.OwnsOne(owned => owned.Place));
                model.Entity<Customer>().PurgesKey("customer:{Id}:{Address.City}");
                model.Entity<Review>().PurgesKey("review:{CustomerId}");
                model.Entity<GiftLine>();
                model.Entity<OrderLine>().HasKey(line => new { line.OrderId, line.Line });
                model.Entity<OrderLine>().PurgesKey("line:{OrderId}:{Line}");
            },
            options => options.UseSnakeCaseNamingConvention());

        orders.Shop.AddRange(new Customer { Id = 7, Address = { City = "Oslo" } }, new GiftLine { OrderId = 1, Line = 2 });
        var saved = await orders.SaveAsync();

        Assert.Equal(
            ["Customer insert Id,Address.City [7,Oslo]", "OrderLine insert OrderId,Line [1,2]"], saved.Order(StringComparer.Ordinal));
        Assert.Equal(
            [
                "customer Customer key customer:{Id}:{Address.City}",
                "order_line OrderLine key line:{OrderId}:{Line}",
                "review Review key review:{CustomerId}",
            ],
            await orders.Outbox.TrackedAsync());
    }

    [Fact]
    public void The_default_schema_applies_to_captured_and_joined_tables()
    {
        var sql = Shop.Migration(from: null, model =>
        {
            model.HasDefaultSchema("sales");
            Orders.Customers(model);
            model.Entity<Review>().PurgesKey("reviews:{Customer.Name}");
        });

        Assert.Contains(
            "joins => jsonb_build_object('Customer', jsonb_build_object("
            + "'table', lastmile.qualified('sales.customers'::regclass), 'on', '{\"customer_id\":\"Id\"}'::jsonb)))",
            sql.Single(statement => statement.StartsWith("SELECT lastmile.track('sales.reviews'::regclass", StringComparison.Ordinal)),
            StringComparison.Ordinal);
    }

    private sealed class Shirt
    {
        public int Id { get; set; }

        public Size Number { get; set; }

        public Size Text { get; set; }

        public string Code { get; set; } = "";
    }
}
