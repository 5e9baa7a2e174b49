using LastMile.Events.EntityFrameworkCore;
using LastMile.Events.EntityFrameworkCore.Declaring;
using LastMile.Events.Postgres;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.EntityFrameworkCore.Migrations;
using Xunit;

namespace EntityFrameworkCore.Tests;

public sealed class CaptureSqlTests
{
    private const string TrackProducts =
        """
        SELECT lastmile.track('products'::regclass, entity => 'Product', keys => ARRAY['product:{Id}', 'product:slug:{Slug}']::text[], tags => ARRAY['category:{CategoryId}']::text[], ignore => ARRAY['Views']::text[], columns => '{"CategoryId":"category_id","Id":"Id","Slug":"Slug","Views":"Views"}'::jsonb);

        """;

    private static readonly Action<ModelBuilder> Undeclared = model =>
        model.Entity<Product>().ToTable("products").Property(product => product.CategoryId).HasColumnName("category_id");

    private static readonly Action<ModelBuilder> Declared = Undeclared + (model =>
        model.Entity<Product>().PurgesKey("product:{Id}").PurgesKey("product:slug:{Slug}")
            .PurgesTag("category:{CategoryId}").IgnoresChangesTo(product => product.Views));

    [Fact]
    public void A_created_table_is_tracked_after_the_installation_of_the_schema()
    {
        var sql = Shop.Migration(from: null, Declared);

        Assert.Equal(3, sql.Count);
        Assert.StartsWith("CREATE TABLE products", sql[0], StringComparison.Ordinal);
        Assert.Equal(OutboxSchema.InstallScript.Trim(), sql[1].Trim());
        Assert.Equal(TrackProducts, sql[2]);
    }

    [Fact]
    public void A_migration_of_several_tables_installs_the_schema_once()
    {
        var sql = Shop.Migration(from: null, Shop.Declared);

        Assert.Single(sql, statement => statement.Contains("lastmile_install", StringComparison.Ordinal));
        Assert.Equal(2, sql.Count(statement => statement.StartsWith("SELECT lastmile.track", StringComparison.Ordinal)));
        Assert.Contains(
            sql,
            statement => statement.StartsWith("SELECT lastmile.track('sales.\"Order \"\"Lines\"\"\"'::regclass", StringComparison.Ordinal));
    }

    [Fact]
    public void An_unchanged_model_needs_no_migration()
    {
        Assert.Empty(Shop.Migration(Declared, Declared + (_ => { })));
    }

    [Fact]
    public void A_rule_added_to_a_table_tracks_it()
    {
        var sql = Shop.Migration(Undeclared, Declared);

        Assert.Equal(TrackProducts, sql[^1]);
    }

    [Fact]
    public void Removing_the_last_rule_untracks_the_table()
    {
        var sql = Shop.Migration(Declared, Undeclared);

        Assert.Equal("SELECT lastmile.untrack('products'::regclass);", Assert.Single(sql).Trim());
    }

    [Fact]
    public void A_dropped_table_is_untracked_first()
    {
        var sql = Shop.Migration(Declared, _ => { });

        Assert.Equal("SELECT lastmile.untrack('products'::regclass);", sql[0].Trim());
        Assert.Equal("DROP TABLE products;", sql[1].Trim());
    }

    [Fact]
    public void A_renamed_table_is_untracked_before_and_tracked_after_the_rename()
    {
        var sql = Shop.Migration(Declared, Declared + (model => model.Entity<Product>().ToTable("goods", "shop")));

        var steps = sql
            .Where(statement => IsCapture(statement) || statement.Contains("RENAME TO goods;", StringComparison.Ordinal))
            .ToList();
        Assert.Equal("SELECT lastmile.untrack('products'::regclass);", steps[0].Trim());
        Assert.Contains("ALTER TABLE products RENAME TO goods;", steps[1], StringComparison.Ordinal);
        Assert.StartsWith("SELECT lastmile.track('shop.goods'::regclass", steps[2], StringComparison.Ordinal);
    }

    [Fact]
    public void A_renamed_table_without_rules_is_only_untracked()
    {
        var sql = Shop.Migration(Declared, Undeclared + (model => model.Entity<Product>().ToTable("goods")));

        Assert.All(sql.Where(IsCapture), statement => Assert.StartsWith("SELECT lastmile.untrack(", statement, StringComparison.Ordinal));
    }

    [Fact]
    public void A_renamed_column_of_a_rule_is_tracked_under_its_new_name()
    {
        var sql = Shop.Migration(
            Declared, Declared + (model => model.Entity<Product>().Property(product => product.Slug).HasColumnName("slug")));

        Assert.Contains("RENAME COLUMN \"Slug\" TO slug", sql[0], StringComparison.Ordinal);
        Assert.Contains("\"Slug\":\"slug\"", sql[^1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("added")]
    [InlineData("renamed")]
    [InlineData("retyped")]
    [InlineData("dropped")]
    public void Any_change_of_a_tracked_tables_columns_tracks_it_again(string change)
    {
        var changed = Declared + (model => ChangeColumn(model.Entity<Product>(), change));

        var sql = Shop.Migration(Declared, changed);

        Assert.StartsWith("ALTER TABLE products", sql[0], StringComparison.Ordinal);
        Assert.Equal(TrackProducts, sql[^1]);
    }

    private static object ChangeColumn(EntityTypeBuilder<Product> product, string change) => change switch
    {
        "added" => product.Property<string>("Brand"),
        "renamed" => product.Property(entity => entity.Colours).HasColumnName("colours"),
        "retyped" => product.Property(entity => entity.Slug).HasMaxLength(80),
        "dropped" => product.Ignore(entity => entity.Colours),
        _ => throw new ArgumentOutOfRangeException(nameof(change)),
    };

    [Fact]
    public void Seed_data_is_inserted_after_its_table_is_tracked()
    {
        var sql = Shop.Migration(
            from: null, Declared + (model => model.Entity<Product>().HasData(new Product { Id = 1, Slug = "shoe" }))).ToList();

        Assert.True(sql.FindIndex(IsCapture) < sql.FindIndex(statement => statement.StartsWith("INSERT", StringComparison.Ordinal)));
    }

    [Fact]
    public void An_idempotent_script_calls_functions_with_PERFORM()
    {
        var sql = Shop.Migration(from: null, Declared, MigrationsSqlGenerationOptions.Idempotent);

        Assert.StartsWith("PERFORM lastmile.track('products'", sql[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void A_quote_in_a_template_is_escaped()
    {
        var sql = Shop.Migration(Undeclared, Undeclared + (model => model.Entity<Product>().PurgesKey("it's:{Id}")));

        Assert.Contains("keys => ARRAY['it''s:{Id}']::text[]", sql[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void Declared_joins_and_strict_capture_are_written()
    {
        var sql = Shop.Migration(from: null, Orders.Customers + (model =>
            model.Entity<Review>().ToTable("reviews", "Feed \"2\"").PurgesKey("r:{Customer.Name}").CapturesStrictly()));

        Assert.EndsWith(
            """columns => '{"Customer.Name":"Name"}'::jsonb, joins => jsonb_build_object('Customer', jsonb_build_object('table', lastmile.qualified('customers'::regclass), 'on', '{"customer_id":"Id"}'::jsonb)), strict => true);""",
            sql.Single(IsCapture).TrimEnd(),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_table_is_tracked_after_the_unique_key_that_its_join_needs()
    {
        var sql = Shop.Migration(from: null, model =>
        {
            model.Entity<Parcel>().ToTable("parcels").HasOne(parcel => parcel.Slip).WithOne().HasForeignKey<Slip>("ParcelId");
            model.Entity<Parcel>().PurgesKey("slip:{Slip.Code}");
        }).ToList();

        Assert.True(
            sql.FindIndex(IsCapture) > sql.FindIndex(statement => statement.StartsWith("CREATE UNIQUE INDEX", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_declaration_of_an_older_migration_round_trips_unchanged()
    {
        const string Written = """{"entity":"Product","keys":["product:{Id}"],"tags":[],"ignore":[],"columns":{"Id":"Id"}}""";

        Assert.Equal(Written, CaptureDeclaration.FromJson(Written).ToJson());
    }

    [Fact]
    public void A_join_of_an_older_migration_keeps_its_schema()
    {
        const string Written = """{"entity":"Review","keys":["r:{Customer.Name}"],"tags":[],"ignore":[],"columns":{"Customer.Name":"Name"},"joins":{"Customer":{"table":"customers","schema":"shop","on":{"customer_id":"Id"}}}}""";

        var joined = CaptureDeclaration.FromJson(Written).JoinedTables(StoreObjectIdentifier.Table("reviews", "feed"));

        Assert.Equal([StoreObjectIdentifier.Table("customers", "shop")], joined);
        Assert.Equal(Written, CaptureDeclaration.FromJson(Written).ToJson());
    }

    private static bool IsCapture(string statement) => statement.StartsWith("SELECT lastmile.", StringComparison.Ordinal);

    private sealed class Parcel
    {
        public int Id { get; set; }

        public Slip? Slip { get; set; }
    }

    private sealed class Slip
    {
        public int Id { get; set; }

        public string Code { get; set; } = "";
    }
}
