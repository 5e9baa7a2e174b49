using LastMile.Events.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace EntityFrameworkCore.Tests;

/// <summary>Values for published changes, which must equal those of the triggers.</summary>
public sealed class PurgeValuesTests(ShopDatabase database) : IClassFixture<ShopDatabase>
{
    [Fact]
    public async Task The_values_of_an_entity_equal_those_of_its_trigger()
    {
        await using var orders = await CapturedShop.CreateAsync(database, Orders.Customers + (model =>
        {
            model.Entity<Customer>().PurgesKey("customer:{Id}:{Address.Place.Zip}").PurgesTag("note:{Address.Note}");
            model.Entity<Review>().PurgesKey("city:{Customer.Address.City}:{Rated}").Property<bool>("Rated");
        }));
        var ann = new Customer { Id = 7, Name = "Ann", Address = { City = "Oslo", Place = { Zip = "0150" } } };
        var review = new Review { Id = 1, Customer = ann };
        orders.Shop.AddRange(ann, review);

        var written = await orders.SaveAsync();

        Assert.Equal(
            written.Order(StringComparer.Ordinal),
            [Written("Customer", orders.Shop.PurgeValues(ann)), Written("Review", orders.Shop.PurgeValues(review))]);
    }

    [Fact]
    public async Task Values_that_only_other_types_in_the_table_have_are_null()
    {
        await using var zoo = await CapturedShop.CreateAsync(database, Zoo.InOneTable + (model =>
        {
            model.Entity<Animal>().PurgesKey("animal:{Id}");
            model.Entity<Dog>().PurgesKey("dog:{Breed}");
        }));
        var cat = new Cat { Id = 2 };
        zoo.Shop.Add(cat);

        var written = await zoo.SaveAsync();

        Assert.Equal(["Animal insert Id,Breed [2,]"], written);
        Assert.Equal(new Dictionary<string, string?>(StringComparer.Ordinal) { ["Id"] = "2", ["Breed"] = null }, zoo.Shop.PurgeValues(cat));
    }

    [Fact]
    public void Rules_of_an_owned_type_in_the_table_are_an_error()
    {
        using var shop = new Shop(Orders.Customers + (model =>
        {
            model.Entity<Customer>().PurgesKey("customer:{Id}");
            model.Entity<Customer>().OwnsOne(customer => customer.Address).PurgesTag("city:{City}");
        }));

        var error = Assert.Throws<InvalidOperationException>(() => shop.PurgeValues(new Customer()));

        Assert.Contains("Write EntityChanged.Values by hand", error.Message, StringComparison.Ordinal);
    }

    private static string Written(string entity, IReadOnlyDictionary<string, string?> values) =>
        $"{entity} insert {string.Join(',', values.Keys)} [{string.Join(',', values.Values)}]";
}
