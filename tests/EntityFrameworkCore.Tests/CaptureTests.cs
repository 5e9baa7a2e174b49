using LastMile.Events.Testing;
using Microsoft.EntityFrameworkCore;
using Xunit;

[assembly: AssemblyFixture(typeof(SharedServers))]

namespace EntityFrameworkCore.Tests;

public sealed class CaptureTests(ShopDatabase database, SharedServers servers) : IClassFixture<ShopDatabase>, IAsyncLifetime
{
    private CapturedShop captured = null!;
    private Shop shop = null!;
    private Outbox outbox = null!;

    public async ValueTask InitializeAsync()
    {
        captured = await CapturedShop.CreateAsync(database, Shop.Declared);
        (shop, outbox) = (captured.Shop, captured.Outbox);
    }

    public ValueTask DisposeAsync() => captured.DisposeAsync();

    [Fact]
    public async Task EnsureCreated_installs_the_schema_in_an_empty_database()
    {
        var empty = await servers.CreateDatabaseAsync();
        await using var created = new Shop(Shop.Declared, empty);
        await using var createdOutbox = new Outbox(empty);

        await created.Database.EnsureCreatedAsync(Cancel);
        await created.Database.ExecuteSqlAsync($"insert into products values (1, 'a', 3, 0, array[]::text[])", Cancel);

        Assert.Equal(["Product insert Id,Slug,CategoryId [1,a,3]"], await createdOutbox.TakeAsync());
    }

    [Fact]
    public async Task SaveChanges_is_captured_for_inserts_updates_and_deletes()
    {
        var product = new Product { Id = 7, Slug = "shoe", CategoryId = 3 };

        shop.Add(product);
        await SaveAsync();
        product.Slug = "boot";
        await SaveAsync();
        shop.Remove(product);
        await SaveAsync();

        Assert.Equal(
            [
                "Product insert Id,Slug,CategoryId [7,shoe,3]",
                "Product update Id,Slug,CategoryId [7,boot,3] [7,shoe,3]",
                "Product delete Id,Slug,CategoryId [7,boot,3]",
            ],
            await outbox.TakeAsync());
    }

    [Fact]
    public async Task ExecuteUpdate_and_ExecuteDelete_are_each_captured_in_one_outbox_row()
    {
        shop.AddRange(new Product { Id = 1, Slug = "a", CategoryId = 3 }, new Product { Id = 2, CategoryId = 3 });
        await SaveAsync();
        await outbox.TakeAsync();

        await shop.Set<Product>().ExecuteUpdateAsync(set => set.SetProperty(product => product.CategoryId, 4), Cancel);
        await shop.Set<Product>().Where(product => product.Id == 2).ExecuteDeleteAsync(Cancel);

        Assert.Equal(
            [
                "Product update Id,Slug,CategoryId [1,a,3] [1,a,4] [2,,3] [2,,4]",
                "Product delete Id,Slug,CategoryId [2,,4]",
            ],
            await outbox.TakeAsync());
    }

    [Fact]
    public async Task Raw_sql_is_captured_and_a_rollback_leaves_nothing()
    {
        await shop.Database.ExecuteSqlAsync(
            $"insert into products values (1, 'a', 3, 0, array[]::text[]), (2, 'b', 3, 0, array[]::text[])", Cancel);
        await using (await shop.Database.BeginTransactionAsync(Cancel))
            await shop.Database.ExecuteSqlAsync($"delete from products", Cancel);

        Assert.Equal(["Product insert Id,Slug,CategoryId [1,a,3] [2,b,3]"], await outbox.TakeAsync());
    }

    [Fact]
    public async Task A_change_of_only_an_ignored_property_is_not_captured()
    {
        shop.Add(new Product { Id = 1, Slug = "a", CategoryId = 3 });
        await SaveAsync();
        await outbox.TakeAsync();

        await shop.Set<Product>().ExecuteUpdateAsync(
            set => set.SetProperty(product => product.Views, product => product.Views + 1), Cancel);

        Assert.Empty(await outbox.TakeAsync());
    }

    [Fact]
    public async Task A_composite_key_in_a_schema_with_an_odd_table_name_is_captured()
    {
        var line = new OrderLine { OrderId = 5, Line = 1, Sku = "x" };

        shop.Add(line);
        await SaveAsync();
        line.Sku = "y";
        await SaveAsync();

        Assert.Equal(
            ["OrderLine insert OrderId,Line [5,1]", "OrderLine update OrderId,Line [5,1]"],
            await outbox.TakeAsync());
    }

    [Fact]
    public async Task A_migration_that_renames_the_column_and_the_table_keeps_the_capture()
    {
        var renamed = Shop.Declared + (model =>
            model.Entity<Product>().ToTable("goods", "shop").Property(product => product.Slug).HasColumnName("short name"));

        await MigrateAsync(Shop.Declared, renamed);
        await shop.Database.ExecuteSqlAsync($"insert into shop.goods values (1, 'a', 3, 0, array[]::text[])", Cancel);

        Assert.Equal(["Product insert Id,Slug,CategoryId [1,a,3]"], await outbox.TakeAsync());
        Assert.Empty(await outbox.AuditAsync());
    }

    [Fact]
    public async Task A_column_added_by_a_migration_counts_as_a_change()
    {
        await MigrateAsync(Shop.Declared, Shop.Declared + (model => model.Entity<Product>().Property<string>("Brand")));
        await shop.Database.ExecuteSqlAsync($"insert into products values (1, 'a', 3, 0, array[]::text[])", Cancel);
        await outbox.TakeAsync();

        await shop.Database.ExecuteSqlAsync($"""update products set "Brand" = 'acme'""", Cancel);

        Assert.Equal(["Product update Id,Slug,CategoryId [1,a,3]"], await outbox.TakeAsync());
    }

    [Fact]
    public async Task A_migration_that_removes_the_rules_ends_the_capture()
    {
        await MigrateAsync(Shop.Declared, Undeclared);
        await shop.Database.ExecuteSqlAsync($"insert into products values (1, 'a', 3, 0, array[]::text[])", Cancel);

        Assert.Empty(await outbox.TakeAsync());
        Assert.Equal(0, await outbox.RulesAsync());
    }

    [Fact]
    public async Task A_migration_that_drops_the_table_deletes_its_rules()
    {
        await MigrateAsync(Shop.Declared, _ => { });

        Assert.Equal(0, await outbox.RulesAsync());
        Assert.Empty(await outbox.AuditAsync());
    }

    private static readonly Action<ModelBuilder> Undeclared = model =>
        model.Entity<Product>().ToTable("products").Property(product => product.CategoryId).HasColumnName("category_id");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private Task<int> SaveAsync() => shop.SaveChangesAsync(Cancel);

    private async Task MigrateAsync(Action<ModelBuilder> from, Action<ModelBuilder> to)
    {
        foreach (var statement in Shop.Migration(from, to))
            await outbox.ExecuteAsync(statement);
    }
}
