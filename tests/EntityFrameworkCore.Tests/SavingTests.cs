using System.Data.Common;
using System.Diagnostics;
using LastMile.Events.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Npgsql;
using Xunit;

namespace EntityFrameworkCore.Tests;

/// <summary>Saves write the trace and the actor to the outbox, and otherwise behave the same.</summary>
public sealed class SavingTests(ShopDatabase database) : IClassFixture<ShopDatabase>, IAsyncLifetime
{
    private readonly List<string> sent = [];
    private CapturedShop captured = null!;

    private Shop Shop => captured.Shop;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => captured = await CapturedShop.CreateAsync(
        database,
        Shop.Declared,
        options => options.UseLastMile(lastMile => lastMile.Actor(() => "ann")).UseLastMile()
            .LogTo(sent.Add, [RelationalEventId.CommandExecuted]));

    public ValueTask DisposeAsync() => captured.DisposeAsync();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task SaveChanges_sends_the_trace_and_the_actor(bool async)
    {
        using var activity = new Activity("checkout").Start();
        Shop.Add(new Product { Slug = "a" });

        await SaveAsync(async);

        Assert.Equal([$"insert {activity.Id} ann"], await OriginsAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ExecuteUpdate_and_ExecuteDelete_send_the_trace_and_the_actor_and_return_the_same_counts(bool async)
    {
        Shop.AddRange(new Product { Slug = "a" }, new Product { Slug = "b" });
        await SaveAsync(async);
        await captured.Outbox.TakeAsync();
        using var activity = new Activity("checkout").Start();
        var products = Shop.Set<Product>();

        var updated = async
            ? await products.ExecuteUpdateAsync(set => set.SetProperty(product => product.CategoryId, 4), Cancel)
            : products.ExecuteUpdate(set => set.SetProperty(product => product.CategoryId, 4));
        var deleted = async
            ? await products.Where(product => product.Slug == "a").ExecuteDeleteAsync(Cancel)
            : products.Where(product => product.Slug == "a").ExecuteDelete();

        Assert.Equal((2, 1), (updated, deleted));
        Assert.Equal([$"update {activity.Id} ann", $"delete {activity.Id} ann"], await OriginsAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_batch_with_every_kind_of_change_receives_its_generated_values(bool async)
    {
        Product[] products = [new() { Slug = "a" }, new() { Slug = "b" }, new() { Slug = "c" }];
        Shop.AddRange(products);
        await SaveAsync(async);
        var added = new Product { Slug = "d" };
        products[0].Slug = "a2";
        products[1].Slug = "b2";
        Shop.Remove(products[2]);
        Shop.Add(added);

        await SaveAsync(async);

        Assert.Equal([1, 2, 3, 4], products.Append(added).Select(product => product.Id));
        Assert.Equal(
            ["1 a2", "2 b2", "4 d"],
            await captured.Outbox.TextsAsync("select concat(\"Id\", ' ', \"Slug\") from products order by \"Id\""));
    }

    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 1)]
    [InlineData(true, 2)]
    public async Task A_concurrency_exception_contains_the_conflicting_entry(bool async, int lost)
    {
        Product[] products = [new() { Slug = "a" }, new() { Slug = "b" }, new() { Slug = "c" }];
        Shop.AddRange(products);
        await SaveAsync(async);
        await captured.Outbox.ExecuteAsync($"delete from products where \"Id\" = {products[lost].Id}");
        foreach (var product in products)
            product.Slug += "2";

        var error = await Assert.ThrowsAsync<DbUpdateConcurrencyException>(() => SaveAsync(async));

        Assert.Same(products[lost], Assert.Single(error.Entries).Entity);
        Assert.Equal(
            ["a", "b", "c"],
            (await captured.Outbox.TextsAsync("select \"Slug\" from products")).Append(products[lost].Slug![..1])
                .Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task The_error_of_a_failing_statement_contains_its_entry()
    {
        await captured.Outbox.ExecuteAsync("create unique index on products (\"Slug\")");
        Product[] products = [new() { Slug = "a" }, new() { Slug = "b" }, new() { Slug = "b" }];
        Shop.AddRange(products);

        var error = await Assert.ThrowsAsync<DbUpdateException>(() => SaveAsync(async: true));

        Assert.Same(products[2], Assert.Single(error.Entries).Entity);
        Assert.IsType<PostgresException>(error.InnerException);
    }

    [Fact]
    public async Task Two_saves_in_one_transaction_each_send_their_own_trace()
    {
        await using var transaction = await Shop.Database.BeginTransactionAsync(Cancel);
        string?[] traces = new string?[2];
        for (var i = 0; i < traces.Length; i++)
        {
            using var activity = new Activity("step").Start();
            traces[i] = activity.Id;
            Shop.Add(new Product { Slug = $"{i}" });
            await SaveAsync(async: true);
        }

        await transaction.CommitAsync(Cancel);

        Assert.Equal(traces.Select(trace => $"insert {trace} ann"), await OriginsAsync());
    }

    [Fact]
    public async Task Later_statements_do_not_inherit_the_actor_of_a_save()
    {
        Shop.Add(new Product { Slug = "a" });
        await SaveAsync(async: true);
        await Shop.Database.OpenConnectionAsync(Cancel);
        await SaveAsync(async: true);

        await Shop.Database.ExecuteSqlAsync($"delete from products", Cancel);

        Assert.Equal(["insert - ann", "delete - -"], await OriginsAsync());
    }

    [Fact]
    public async Task A_retried_save_sends_the_actor()
    {
        await using var retrying = await CapturedShop.CreateAsync(database, Shop.Declared, options => options
            .UseLastMile(lastMile => lastMile.Actor(_ => "bo"))
            .UseNpgsql(npgsql => npgsql.EnableRetryOnFailure())
            .AddInterceptors(new FailsOnce()));
        var product = new Product { Slug = "a" };
        retrying.Shop.Add(product);

        await retrying.Shop.SaveChangesAsync(Cancel);

        Assert.Equal(1, product.Id);
        Assert.Equal(["insert - bo"], await OriginsAsync(retrying));
    }

    [Fact]
    public async Task A_save_without_trace_and_actor_sends_no_extra_statement()
    {
        await using var silent = await CapturedShop.CreateAsync(
            database,
            Shop.Declared,
            options => options.UseLastMile(lastMile => lastMile.Actor(() => null)).LogTo(sent.Add, [RelationalEventId.CommandExecuted]));
        Activity.Current = null;
        sent.Clear();
        silent.Shop.Add(new Product { Slug = "a" });

        await silent.Shop.SaveChangesAsync(Cancel);
        await silent.Shop.Set<Product>().ExecuteDeleteAsync(Cancel);

        Assert.Equal(2, sent.Count);
        Assert.DoesNotContain(sent, command => command.Contains("set_config", StringComparison.Ordinal));
        Assert.Equal(["insert - -", "delete - -"], await OriginsAsync(silent));
    }

    [Fact]
    public async Task The_trace_and_the_actor_cost_no_round_trip()
    {
        using var counter = new SyncCounter(Shop.Database.GetConnectionString()!);

        var without = await RoundTripsAsync(counter, actor: null);
        var with = await RoundTripsAsync(counter, actor: "ann");

        Assert.Equal(["insert - -", "insert - -", "delete - -", "insert - ann", "insert - ann", "delete - ann"], await OriginsAsync());
        Assert.True(without > 0);
        Assert.Equal(without, with);
    }

    private static async Task<int> RoundTripsAsync(SyncCounter counter, string? actor)
    {
        await using var shop = new Shop(
            Shop.Declared, counter.ConnectionString, options => options.UseLastMile(lastMile => lastMile.Actor(() => actor)));
        await shop.Database.OpenConnectionAsync(Cancel);
        counter.Take();
        shop.AddRange(new Product { Slug = "a" }, new Product { Slug = "b" });

        await shop.SaveChangesAsync(Cancel);
        await shop.Set<Product>().ExecuteDeleteAsync(Cancel);

        return counter.Take();
    }

    private Task<List<string>> OriginsAsync() => OriginsAsync(captured);

    private static Task<List<string>> OriginsAsync(CapturedShop shop) =>
        shop.Outbox.TextsAsync(
            "select format('%s %s %s', kind, coalesce(traceparent, '-'), coalesce(actor, '-')) from lastmile.outbox order by id");

    private async Task SaveAsync(bool async)
    {
        if (async)
            await Shop.SaveChangesAsync(Cancel);
        else
            Shop.SaveChanges();
    }

    private sealed class FailsOnce : DbCommandInterceptor
    {
        private int failures = 1;

        public override ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(
            DbCommand command,
            CommandEventData eventData,
            InterceptionResult<DbDataReader> result,
            CancellationToken cancellationToken = default) =>
            eventData.CommandSource == CommandSource.SaveChanges && Interlocked.Decrement(ref failures) >= 0
                ? throw new NpgsqlException("The connection broke.", new IOException())
                : new(result);
    }
}
