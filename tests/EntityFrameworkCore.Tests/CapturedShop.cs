using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;
using Xunit;

namespace EntityFrameworkCore.Tests;

/// <summary>A shop with the tables of a model, and the outbox with its captured changes.</summary>
internal sealed class CapturedShop : IAsyncDisposable
{
    private CapturedShop(Shop shop, string database)
    {
        Shop = shop;
        Outbox = new Outbox(database);
    }

    public Shop Shop { get; }

    public Outbox Outbox { get; }

    public static async Task<CapturedShop> CreateAsync(
        ShopDatabase database, Action<ModelBuilder> model, Action<DbContextOptionsBuilder>? configure = null)
    {
        var connectionString = await database.ResetAsync();
        var created = new CapturedShop(new Shop(model, connectionString, configure), connectionString);
        // EnsureCreated would do nothing here, because the schema's tables exist.
        await created.Shop.GetService<IRelationalDatabaseCreator>().CreateTablesAsync(TestContext.Current.CancellationToken);
        return created;
    }

    /// <summary>Saves, then takes the captured rows.</summary>
    public async Task<List<string>> SaveAsync()
    {
        await Shop.SaveChangesAsync(TestContext.Current.CancellationToken);
        return await Outbox.TakeAsync();
    }

    /// <summary>Runs SQL, then takes the captured rows.</summary>
    public async Task<List<string>> ExecuteAsync(string sql)
    {
        await Outbox.ExecuteAsync(sql);
        return await Outbox.TakeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Outbox.DisposeAsync();
        await Shop.DisposeAsync();
    }
}
