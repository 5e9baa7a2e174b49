using System.Data;
using LastMile.Events.Caching.Loading;
using LastMile.Events.Testing;
using Microsoft.EntityFrameworkCore;
using Xunit;

namespace Caching.Tests;

/// <summary>Tests that only its own transaction sees a value that may not be committed, or may be older than a purge.</summary>
public sealed class TransactionTests(ReplicatedRegion region, SharedServers servers) : IClassFixture<ReplicatedRegion>, IAsyncLifetime
{
    private string database = "";

    public async ValueTask InitializeAsync()
    {
        database = await servers.CreateDatabaseAsync();
        await using var db = Open();
        await db.Database.EnsureCreatedAsync();
        db.Add(new Item { Id = 1, Name = "committed" });
        await db.SaveChangesAsync();
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_load_in_a_transaction_that_began_before_it_is_not_kept()
    {
        await using var process = await region.StartAsync();
        var key = region.NewKey();
        await using var db = Open();
        await using var transaction = await db.Database.BeginTransactionAsync();
        await db.Items.ExecuteUpdateAsync(set => set.SetProperty(item => item.Name, "uncommitted"));

        Assert.Equal("uncommitted", await ReadAsync(process, key, db));

        await using var other = Open();
        Assert.Equal("committed", await ReadAsync(process, key, other));
    }

    [Fact]
    public async Task A_load_inside_such_a_load_is_not_kept_either()
    {
        await using var process = await region.StartAsync();
        var (outer, inner) = (region.NewKey(), region.NewKey());
        await using var db = Open();
        await using var transaction = await db.Database.BeginTransactionAsync();
        await db.Items.ExecuteUpdateAsync(set => set.SetProperty(item => item.Name, "uncommitted"));

        Assert.Equal("uncommitted", await process.Cache.GetOrCreateAsync(outer, async _ => await ReadAsync(process, inner, db)));

        Assert.Equal("loaded", await process.Cache.GetOrCreateAsync(outer, _ => ValueTask.FromResult("loaded")));
    }

    [Fact]
    public async Task Callers_that_joined_such_a_load_load_the_value_themselves()
    {
        await using var process = await region.StartAsync();
        var key = region.NewKey();
        var started = new TaskCompletionSource();
        var mayEnd = new TaskCompletionSource();
        await using var db = Open();
        await using var transaction = await db.Database.BeginTransactionAsync();
        await db.Items.ExecuteUpdateAsync(set => set.SetProperty(item => item.Name, "uncommitted"));

        var own = process.Cache.GetOrCreateAsync(key, async _ =>
        {
            started.SetResult();
            await mayEnd.Task;
            return await NameAsync(db);
        }).AsTask();
        await started.Task;
        // More than the thread pool has threads.
        var joined = Task.WhenAll(Enumerable.Range(0, 100).Select(async _ =>
        {
            await using var other = Open();
            return await ReadAsync(process, key, other);
        }).ToArray());
        mayEnd.SetResult();

        Assert.Equal("uncommitted", await own);
        Assert.All(await joined, read => Assert.Equal("committed", read));
    }

    [Fact]
    public async Task A_load_that_begins_a_transaction_itself_is_kept()
    {
        await using var process = await region.StartAsync();
        var key = region.NewKey();
        await using var db = Open();

        var read = await process.Cache.GetOrCreateAsync(key, async cancellation =>
        {
            await using var transaction = await db.Database.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellation);
            return await NameAsync(db);
        });

        Assert.Equal("committed", read);
        await Eventually.Async(() => process.Holds(key));
    }

    [Fact]
    public void A_load_that_has_ended_observes_nothing_and_is_not_kept_by_later_ones()
    {
        ObservedLoad ended;
        using (ended = LoadTransactions.Observe())
            Assert.Same(ended, ended.Running);

        using var later = LoadTransactions.Observe();

        Assert.Null(ended.Running);
        Assert.Same(later, later.Running);
        later.Dispose();
        Assert.Null(later.Running);
    }

    private static async Task<string> ReadAsync(CacheProcess process, string key, Catalog db) =>
        await process.Cache.GetOrCreateAsync(key, async _ => await NameAsync(db));

    private static Task<string> NameAsync(Catalog db) => db.Items.Select(item => item.Name).SingleAsync();

    private Catalog Open() => new(new DbContextOptionsBuilder<Catalog>().UseNpgsql(database).Options);

    private sealed class Catalog(DbContextOptions options) : DbContext(options)
    {
        public DbSet<Item> Items => Set<Item>();
    }

    private sealed class Item
    {
        public int Id { get; init; }

        public string Name { get; init; } = "";
    }
}
