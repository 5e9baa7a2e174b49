using LastMile.Events.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;

namespace EntityFrameworkCore.Tests;

/// <summary>A model with its expected tracked rules, and a write with its expected outbox rows.</summary>
internal sealed record Step(Action<ModelBuilder> Model, string[] Tracked, string Write, string[] Captured);

/// <summary>The changes of a model that migrations must apply to the capture, each with the steps before and after it.</summary>
internal static class Change
{
    private const string Insert = """insert into products ("Id", "Slug", category_id, "Views", "Colours") values (1, 'a', 3, 0, '{}')""";

    private static readonly Action<ModelBuilder> Products = model =>
    {
        model.Entity<Product>().ToTable("products").Property(product => product.Id).ValueGeneratedNever();
        model.Entity<Product>().Property(product => product.CategoryId).HasColumnName("category_id");
    };

    private static readonly Action<ModelBuilder> Ruled = Products + (model => model.Entity<Product>().PurgesKey("p:{CategoryId}"));

    private static readonly Step One = new(Ruled, ["products Product key p:{CategoryId}"], Insert, ["Product insert CategoryId [3]"]);

    private static Step InSchema(string schema) => One with
    {
        Model = Ruled + (model => model.Entity<Product>().ToTable("products", schema)),
        Tracked = [$"{schema}.products Product key p:{{CategoryId}}"],
        Write = Insert.Replace("products", $"{schema}.products", StringComparison.Ordinal),
    };

    private static readonly Step None = new(Products, [], Insert, []);

    // The customers are tracked too, because the audit requires it for a table that other rules join.
    private static readonly Action<ModelBuilder> Reviewed = Orders.Customers + (model =>
    {
        model.Entity<Customer>().PurgesKey("r:{Name}");
        model.Entity<Review>().PurgesKey("r:{Customer.Name}");
    });

    private static readonly Step Review = new(
        Reviewed,
        ["customers Customer key r:{Name}", "reviews Review key r:{Customer.Name}"],
        """
        insert into customers ("Id", "Name", "Address_City", "Address_Place_Zip") values (7, 'Ann', '', '');
        insert into reviews ("Id", customer_id, "Text") values (1, 7, '')
        """,
        ["Customer insert Name [Ann]", "Review insert Customer.Name [Ann]"]);

    private static readonly Step Dogs = new(
        Zoo.ATablePerType + (model => model.Entity<Dog>().PurgesKey("d:{Id}:{Name}")),
        ["animals Animal key d:{Id}:{Name}", "dogs Animal key d:{Id}:{Animal.Name}"],
        """insert into animals ("Id", "Name") values (1, 'Rex'); insert into dogs ("Id", "Breed") values (1, 'pug')""",
        ["Animal insert Id,Name [1,Rex]", "Animal insert Id,Animal.Name [1,Rex]"]);

    public static readonly Dictionary<string, (Step Before, Step After)> All = new(StringComparer.Ordinal)
    {
        ["a rule is added"] = (None, One),
        ["a rule is changed"] = (One, new(
            Products + (model => model.Entity<Product>().PurgesTag("t:{Slug}").IgnoresChangesTo("Views")),
            ["products Product tag t:{Slug}"], Insert, ["Product insert Slug [a]"])),
        ["the last rule is removed"] = (One, None),
        ["a table is renamed"] = (One, One with
        {
            Model = Ruled + (model => model.Entity<Product>().ToTable("goods")),
            Tracked = ["goods Product key p:{CategoryId}"],
            Write = Insert.Replace("products", "goods", StringComparison.Ordinal),
        }),
        ["a table moves to another schema"] = (InSchema("shop"), InSchema("store")),
        ["a column is renamed"] = (One, One with
        {
            Model = Ruled + (model => model.Entity<Product>().Property(product => product.CategoryId).HasColumnName("group_id")),
            Write = Insert.Replace("category_id", "group_id", StringComparison.Ordinal),
        }),
        ["an entity is renamed"] = (One, new(
            model =>
            {
                model.Entity<Goods>().ToTable("products").PurgesKey("p:{CategoryId}").Property(goods => goods.Id).ValueGeneratedNever();
                model.Entity<Goods>().Property(goods => goods.CategoryId).HasColumnName("category_id");
            },
            ["products Goods key p:{CategoryId}"], Insert, ["Goods insert CategoryId [3]"])),
        ["an entity is deleted"] = (One, new(
            model => model.Entity<Label>().Ignore(label => label.Posts).ToTable("labels"), [], "select 1", [])),
        ["capture becomes strict"] = (One, One with
        {
            Model = Ruled + (model => model.Entity<Product>().CapturesStrictly()),
            Tracked = ["products Product key p:{CategoryId} strict"],
        }),
        ["a rule for every entity is added"] = (One, One with
        {
            Model = Ruled + (model => model.PurgesEveryEntity("{Entity}:{Key}")),
            Tracked = ["products Product key Product:{Id}", "products Product key p:{CategoryId}"],
            Captured = ["Product insert CategoryId,Id [3,1]"],
        }),
        ["an owned type gets a rule"] = (
            new(Orders.Customers, [], "select 1", []),
            new(
                Orders.Customers + (model =>
                {
                    model.Entity<Customer>().OwnsOne(customer => customer.Address).PurgesTag("city:{City}");
                    model.Entity<Customer>().OwnsMany(customer => customer.Phones).PurgesKey("customer:{CustomerId}");
                }),
                ["customers Customer tag city:{City}", "phones Phone key customer:{CustomerId}"],
                """
                insert into customers ("Id", "Name", "Address_City", "Address_Place_Zip") values (7, 'Ann', 'Oslo', '');
                insert into phones ("Id", "CustomerId", "Number") values (1, 7, '1')
                """,
                ["Customer insert City [Oslo]", "Phone insert CustomerId [7]"])),
        ["a joined column is renamed"] = (Review, Review with
        {
            Model = Reviewed + (model => model.Entity<Customer>().Property(customer => customer.Name).HasColumnName("full_name")),
            Write = Review.Write.Replace("\"Name\"", "full_name", StringComparison.Ordinal),
        }),
        ["a joined table is renamed"] = (Review, Review with
        {
            Model = Reviewed + (model => model.Entity<Customer>().ToTable("clients")),
            Tracked = ["clients Customer key r:{Name}", "reviews Review key r:{Customer.Name}"],
            Write = Review.Write.Replace("customers", "clients", StringComparison.Ordinal),
        }),
        ["a joined column is retyped"] = (Review, Review with
        {
            Model = Reviewed + (model => model.Entity<Customer>().Property(customer => customer.Name).HasColumnType("varchar(80)")),
        }),
        ["a base type's column is renamed"] = (Dogs, Dogs with
        {
            Model = Dogs.Model + (model => model.Entity<Animal>().Property(animal => animal.Name).HasColumnName("name")),
            Write = Dogs.Write.Replace("\"Name\"", "name", StringComparison.Ordinal),
        }),
        ["a derived type gets a table"] = (
            new(
                Zoo.InOneTable + (model => model.Entity<Dog>().PurgesKey("d:{Id}:{Name}")),
                ["animals Animal key d:{Id}:{Name}"],
                """insert into animals ("Id", "Name", "Discriminator") values (1, 'Rex', 'Dog')""",
                ["Animal insert Id,Name [1,Rex]"]),
            Dogs),
    };

    private sealed class Goods
    {
        public int Id { get; set; }

        public string? Slug { get; set; }

        public int CategoryId { get; set; }

        public long Views { get; set; }

        public List<string> Colours { get; set; } = [];
    }
}
