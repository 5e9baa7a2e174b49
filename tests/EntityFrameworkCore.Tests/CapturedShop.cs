using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;
using Xunit;

namespace EntityFrameworkCore.Tests;

/// <summary>A shop created from a model, with what it captures.</summary>
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
        // As EnsureCreated, which does nothing here: it takes the tables of the schema for the shop's.
        await created.Shop.GetService<IRelationalDatabaseCreator>().CreateTablesAsync(TestContext.Current.CancellationToken);
        return created;
    }

    /// <summary>Saves, and takes what that captured.</summary>
    public async Task<List<string>> SaveAsync()
    {
        await Shop.SaveChangesAsync(TestContext.Current.CancellationToken);
        return await Outbox.TakeAsync();
    }

    /// <summary>Runs SQL, and takes what that captured.</summary>
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
