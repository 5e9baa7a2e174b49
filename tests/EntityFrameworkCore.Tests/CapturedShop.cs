using LastMile.Events.Testing;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace EntityFrameworkCore.Tests;

/// <summary>A database of its own, created from a model, with what it captures.</summary>
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
        SharedServers servers, Action<ModelBuilder> model, Action<DbContextOptionsBuilder>? configure = null)
    {
        var database = await servers.CreateDatabaseAsync();
        var created = new CapturedShop(new Shop(model, database, configure), database);
        await created.Shop.Database.EnsureCreatedAsync(TestContext.Current.CancellationToken);
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
