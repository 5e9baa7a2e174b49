using LastMile.Events.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Xunit;

namespace EntityFrameworkCore.Tests;

public sealed class PurgeRuleCheckTests
{
    [Theory]
    [InlineData(
        "product:{Slugg}",
        "Product: PurgesKey(\"product:{Slugg}\") names Slugg, which is not one of its properties. Did you mean Slug? "
        + "Its properties: Id, CategoryId, Colours, Slug, Views.")]
    [InlineData("product:{slug}", "Did you mean Slug?")]
    [InlineData("product:{Manufacturer}", "names Manufacturer, which is not one of its properties. Its properties: Id,")]
    [InlineData("product:{Colours}", "names Colours, which is a collection and has no single text form")]
    [InlineData("product:{Views}", "names {Views}, whose changes IgnoresChangesTo(\"Views\") ignores")]
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
    public void Tags_and_ignored_properties_are_checked_like_keys()
    {
        var error = ErrorOf(product => product.PurgesTag("t:{Nope}").PurgesTag("a").PurgesTag("a").IgnoresChangesTo("View"));

        Assert.Contains("PurgesTag(\"t:{Nope}\") names Nope", error, StringComparison.Ordinal);
        Assert.Contains("PurgesTag(\"a\") is declared 2 times", error, StringComparison.Ordinal);
        Assert.Contains(
            "IgnoresChangesTo(\"View\") names View, which is not one of its properties. Did you mean Views?",
            error,
            StringComparison.Ordinal);
    }

    [Fact]
    public void An_expression_that_is_not_a_property_is_an_error()
    {
        var error = Assert.Throws<ArgumentException>(() =>
            Shop.ModelOf(model => model.Entity<Product>().PurgesKey("product:{Id}").IgnoresChangesTo(product => product.Views + 1)));

        Assert.Contains("does not name a property. Write it as in p => p.Views", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Strict_capture_and_ignored_changes_are_an_error_without_a_rule(bool strict)
    {
        var error = ErrorOf(product => _ = strict ? product.CapturesStrictly() : product.IgnoresChangesTo(entity => entity.Views));

        Assert.Contains(
            $"Product: {(strict ? "CapturesStrictly()" : "IgnoresChangesTo(…)")} is declared without a PurgesKey(…) or PurgesTag(…) "
            + "for the table Product, so nothing is captured there.",
            error,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_type_without_a_table_cannot_be_captured()
    {
        var error = ErrorOf(product => product.ToView("product_view").PurgesKey("product:{Id}"));

        Assert.Contains("this type is mapped to the view product_view", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(
        "{Customr.Name}",
        "names Customr.Name, but Customr is not a reference of Review. Did you mean Customer? Its references: Customer.")]
    [InlineData(
        "{Customer.Nam}", "names Customer.Nam, but Nam is not a property of Customer. Did you mean Name? Its properties: Id, Name.")]
    [InlineData(
        "{Customer}",
        "names Customer, but Customer is a reference of Review, not a value. Name one of its properties, such as {Customer.Id}.")]
    [InlineData(
        "{Customer.Phones.Number}",
        "names Customer.Phones.Number, but Phones is a collection of Customer and has no single value. Declare the rule on Phone")]
    [InlineData(
        "{Text.Length}",
        "names Text.Length, but Text is a property of Review without properties of its own. Remove the part after it.")]
    public void A_path_that_leads_to_no_single_value_is_an_error(string placeholder, string expected)
    {
        var error = ErrorOf(Orders.Customers + (model => model.Entity<Review>().PurgesKey("review:" + placeholder)));

        Assert.Contains($"Review: PurgesKey(\"review:{placeholder}\") {expected}", error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_error_for_a_many_to_many_collection_names_its_join()
    {
        var error = ErrorOf(Orders.Posts + (model => model.Entity<Post>().PurgesTag("label:{Labels.Id}")));

        Assert.Contains(
            "but Labels is a collection of Post and has no single value. Declare the rule on LabelPost",
            error,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_property_two_references_away_is_an_error()
    {
        var error = ErrorOf(Orders.Customers + (model =>
        {
            model.Entity<Answer>().HasOne(answer => answer.Review).WithMany();
            model.Entity<Answer>().PurgesKey("answer:{Review.Customer.Name}");
        }));

        Assert.Contains(
            "Answer: PurgesKey(\"answer:{Review.Customer.Name}\") names Review.Customer.Name, which is two steps away",
            error,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_foreign_key_in_another_table_of_the_row_is_two_steps_away()
    {
        var error = ErrorOf(Zoo.ATablePerType + (model =>
        {
            model.Entity<Puppy>().ToTable("puppies").Ignore(puppy => puppy.Friend).HasOne(puppy => puppy.Food).WithMany();
            model.Entity<Puppy>().PurgesKey("eaters:{Food.Slug}");
        }));

        Assert.Contains(
            "but FoodId, which leads to Food, is not in the table animals, which also holds rows of Puppy: that is two steps away",
            error,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("view")]
    [InlineData("types")]
    public void A_reference_to_a_type_without_a_single_table_is_an_error(string stored)
    {
        var error = ErrorOf(Zoo.ATablePerConcreteType + (model =>
        {
            model.Entity<Product>().ToView("product_view");
            model.Entity<Puppy>().ToTable("puppies").HasOne(puppy => puppy.Food).WithMany();
            model.Entity<Puppy>().HasOne(puppy => puppy.Friend).WithMany();
            model.Entity<Puppy>().PurgesKey(stored == "view" ? "eaters:{Food.Slug}" : "friends:{Friend.Name}");
        }));

        var expected = stored == "view"
            ? "but Product is not stored in a table"
            : "but Animal is stored in several tables (cats, dogs, puppies)";
        Assert.Contains(expected, error, StringComparison.Ordinal);
    }

    [Fact]
    public void Properties_in_json_have_no_columns()
    {
        var error = ErrorOf(Orders.Customers + (model =>
        {
            model.Entity<Customer>().OwnsOne(customer => customer.Address, address => address.ToJson());
            model.Entity<Customer>().PurgesKey("city:{Address.City}");
        }));

        Assert.Contains(
            "names Address.City, but Address is stored as JSON, so its properties have no columns",
            error,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("jsonb", "which is stored as jsonb, whose values have no text form")]
    [InlineData("xml", "which is stored as xml, whose values have no text form")]
    public void A_property_whose_column_type_has_no_text_form_is_an_error(string type, string expected)
    {
        var error = ErrorOf(product => product.PurgesKey("product:{Slug}").Property(entity => entity.Slug).HasColumnType(type));

        Assert.Contains($"PurgesKey(\"product:{{Slug}}\") names Slug, {expected}", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_for_columns_of_two_siblings_is_an_error_that_names_both()
    {
        var error = ErrorOf(model =>
        {
            model.Entity<OrderLine>().HasKey(line => new { line.OrderId, line.Line });
            model.Entity<GiftLine>().PurgesKey("gift:{Greeting}");
            model.Entity<CardLine>().PurgesKey("card:{Greeting}");
        });

        Assert.Contains(
            "CardLine: PurgesKey(\"card:{Greeting}\"): {Greeting} would have two meanings in the table OrderLine, which is captured once: "
            + "the column Greeting for GiftLine, the column CardLine_Greeting for CardLine. "
            + "Map both to one column with HasColumnName, or rename one of them.",
            error,
            StringComparison.Ordinal);
    }

    [Fact]
    public void The_error_for_a_name_shared_by_owner_and_owned_type_suggests_the_path()
    {
        var error = ErrorOf(Orders.Customers + (model =>
        {
            model.Entity<Customer>().PurgesKey("customer:{City}").Property<string>("City");
            model.Entity<Customer>().OwnsOne(customer => customer.Address).PurgesKey("city:{City}");
        }));

        Assert.Contains(
            "the column City for Customer, the column Address_City for Address. "
            + "Write {Address.City} in a rule of Customer instead of the rule of Address.",
            error,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_column_that_one_type_names_and_another_ignores_is_an_error()
    {
        var error = ErrorOf(Zoo.InOneTable + (model =>
        {
            model.Entity<Animal>().PurgesKey("animal:{Name}");
            model.Entity<Dog>().IgnoresChangesTo(dog => dog.Name);
        }));

        Assert.Contains(
            "Animal: PurgesKey(\"animal:{Name}\") names {Name}, whose changes IgnoresChangesTo(\"Name\") ignores",
            error,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Two_properties_may_ignore_one_column_but_a_template_may_not_show_it()
    {
        Action<ModelBuilder> ignored = Zoo.InOneTable + (model =>
        {
            model.Entity<Dog>().Property(dog => dog.Breed).HasColumnName("kind");
            model.Entity<Cat>().Property<string>("Fur").HasColumnName("kind");
            model.Entity<Dog>().PurgesKey("dog:{Id}").IgnoresChangesTo(dog => dog.Breed);
            model.Entity<Cat>().IgnoresChangesTo("Fur");
        });

        var error = ErrorOf(ignored + (model => model.Entity<Cat>().PurgesKey("fur:{Fur}")));

        Assert.Equal(["Fur", "Breed"], Shop.Declaration(ignored, "animals")!.Ignore);
        Assert.Contains(
            "Cat: PurgesKey(\"fur:{Fur}\") names {Fur}, whose changes IgnoresChangesTo(\"Fur\") ignores",
            error,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_reference_of_two_siblings_with_different_foreign_keys_is_an_error()
    {
        var error = ErrorOf(Zoo.InOneTable + (model =>
        {
            model.Entity<Puppy>().Ignore(puppy => puppy.Friend).HasOne(puppy => puppy.Food).WithMany().HasForeignKey("puppy_food");
            model.Entity<Kitten>().HasOne(kitten => kitten.Food).WithMany().HasForeignKey("kitten_food");
            model.Entity<Puppy>().PurgesKey("food:{Food.Id}");
            model.Entity<Kitten>().PurgesKey("food:{Food.Slug}");
        }));

        Assert.Contains("{Food.Id} would have two meanings in the table animals", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_base_type_cannot_name_a_property_of_a_derived_type()
    {
        var error = ErrorOf(Zoo.InOneTable + (model => model.Entity<Animal>().PurgesKey("breed:{Breed}")));

        Assert.Contains("names Breed, which only the derived type Dog has. Declare the rule on Dog.", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{Entity}:{Id}", "PurgesEveryEntity(\"{Entity}:{Id}\") names Id. It supports only {Entity}")]
    [InlineData("{Entity", "PurgesEveryEntity(\"{Entity\"): the template has a '{' at position 1 that is not closed")]
    public void A_rule_for_every_entity_is_checked(string template, string expected)
    {
        var error = ErrorOf((ModelBuilder model) => model.PurgesEveryEntity(template).Entity<Product>());

        Assert.Contains(expected, error, StringComparison.Ordinal);
    }

    [Fact]
    public void Rules_without_UseLastMile_are_an_error()
    {
        using var context = new WithoutLastMile();

        var error = Assert.Throws<InvalidOperationException>(() => context.Model);

        Assert.Contains(
            "Product declares purge rules, but nothing would capture its changes: add UseLastMile()",
            error.Message,
            StringComparison.Ordinal);
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

    private sealed class Answer
    {
        public int Id { get; set; }

        public Review? Review { get; set; }
    }

    private sealed class Puppy : Animal
    {
        public Product? Food { get; set; }

        public Animal? Friend { get; set; }
    }

    private sealed class Kitten : Animal
    {
        public Product? Food { get; set; }
    }

    private sealed class CardLine : OrderLine
    {
        public string Greeting { get; set; } = "";
    }

    private sealed class WithoutLastMile : DbContext
    {
        protected override void OnConfiguring(DbContextOptionsBuilder optionsBuilder) => optionsBuilder.UseNpgsql("Host=nowhere");

        protected override void OnModelCreating(ModelBuilder modelBuilder) => modelBuilder.Entity<Product>().PurgesKey("product:{Id}");
    }
}
