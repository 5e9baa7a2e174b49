using LastMile.Events.Testing;
using Microsoft.Extensions.Caching.Hybrid;
using Xunit;

namespace Caching.Tests;

/// <summary>Tests what a read returns, how often it loads, and that no purge is overtaken by a load.</summary>
public abstract class ReadThroughTests(CacheRegion region)
{
    private static readonly HybridCacheEntryOptions NoMemory = new() { Flags = HybridCacheEntryFlags.DisableLocalCache };

    private int loads;

    [Fact]
    public async Task The_second_read_is_served_from_memory()
    {
        await using var process = await region.StartAsync();
        var key = region.NewKey();

        Assert.Equal("v1", await ReadAsync(process, key, "v1"));
        await Eventually.Async(() => process.Holds(key));
        await region.Redis.KeyDeleteAsync(key);

        Assert.Equal("v1", await ReadAsync(process, key, "v2"));
        Assert.Equal(1, loads);
    }

    [Fact]
    public async Task Another_process_is_served_from_the_regions_Redis()
    {
        await using var one = await region.StartAsync();
        await using var other = await region.StartAsync();
        var key = region.NewKey();

        await ReadAsync(one, key, "v1", "category:7");
        await FilledAsync(key);

        Assert.Equal("v1", await ReadAsync(other, key, "v2", "category:7"));
        Assert.Equal("v1", await ReadAsync(other, key, "v2"));
        Assert.Equal(1, loads);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_purge_of_the_key_or_of_a_tag_reaches_memory_and_the_regions_Redis(bool byTag)
    {
        await using var process = await region.StartAsync();
        var (key, tag) = (region.NewKey(), "tag:" + region.NewKey());
        await ReadAsync(process, key, "v1", tag);
        await FilledAsync(key);

        await (byTag ? region.PurgeAsync([], tag) : region.PurgeAsync([key]));
        await process.CatchUpAsync();

        Assert.Equal("v2", await ReadAsync(process, key, "v2", tag));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_value_that_was_loaded_before_a_purge_is_returned_once_and_never_kept(bool byTag)
    {
        await using var process = await region.StartAsync();
        var (key, tag) = (region.NewKey(), "tag:" + region.NewKey());

        var old = await process.Cache.GetOrCreateAsync(
            key,
            async _ =>
            {
                await (byTag ? region.PurgeAsync([], tag) : region.PurgeAsync([key]));
                return "v1";
            },
            tags: [tag]);
        await process.CatchUpAsync();

        Assert.Equal("v1", old);
        Assert.Equal("v2", await ReadAsync(process, key, "v2", tag));
    }

    [Fact]
    public async Task A_read_that_begins_after_a_purge_does_not_share_a_load_that_began_before_it()
    {
        await using var process = await region.StartAsync();
        var key = region.NewKey();
        var (begun, finish) = (new TaskCompletionSource(), new TaskCompletionSource());
        var old = process.Cache.GetOrCreateAsync(key, async _ =>
        {
            begun.SetResult();
            await finish.Task;
            return "v1";
        }).AsTask();
        await begun.Task;

        await region.PurgeAsync([key]);
        await process.CatchUpAsync();

        Assert.Equal("v2", await ReadAsync(process, key, "v2"));
        finish.SetResult();
        Assert.Equal("v1", await old);
        Assert.Equal("v2", await ReadAsync(process, key, "v3"));
    }

    [Fact]
    public async Task Two_hundred_readers_in_two_processes_load_a_key_once()
    {
        await using var one = await region.StartAsync();
        await using var other = await region.StartAsync();
        var key = region.NewKey();
        var allHaveBegun = new TaskCompletionSource();

        var reads = Enumerable.Range(0, 200).Select(reader =>
            (reader % 2 == 0 ? one : other).Cache.GetOrCreateAsync(key, async _ =>
            {
                var load = Interlocked.Increment(ref loads);
                await allHaveBegun.Task;
                return "v" + load;
            }).AsTask()).ToArray();
        allHaveBegun.SetResult();
        var values = await Task.WhenAll(reads);

        Assert.Equal(["v1"], values.Distinct(StringComparer.Ordinal));
        Assert.Equal(1, loads);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_tag_that_the_loader_adds_is_fenced_from_before_the_load(bool isPurgedDuringLoad)
    {
        await using var process = await region.StartAsync();
        var (key, tag) = (region.NewKey(), "author:" + region.NewKey());
        await region.PurgeAsync([], tag);

        await process.Cache.GetOrCreateAsync(key, async (context, _) =>
        {
            if (isPurgedDuringLoad)
                await region.PurgeAsync([], tag);
            context.Tags.Add(tag);
            return "v1";
        });
        if (!isPurgedDuringLoad)
            await FilledAsync(key);
        await process.CatchUpAsync();

        Assert.Equal(isPurgedDuringLoad ? "v2" : "v1", await ReadAsync(process, key, "v2"));
    }

    [Fact]
    public async Task A_purge_of_a_tag_that_the_loader_added_reaches_every_process()
    {
        await using var one = await region.StartAsync();
        await using var other = await region.StartAsync();
        var (key, tag) = (region.NewKey(), "author:" + region.NewKey());
        await one.Cache.GetOrCreateAsync(key, (context, _) =>
        {
            context.Tags.Add(tag);
            return ValueTask.FromResult("v1");
        });
        await FilledAsync(key);
        Assert.Equal("v1", await ReadAsync(other, key, "v2"));

        await region.PurgeAsync([], tag);
        await one.CatchUpAsync();
        await other.CatchUpAsync();

        Assert.Equal("v2", await ReadAsync(other, key, "v2"));
        Assert.Equal("v2", await ReadAsync(one, key, "v3"));
    }

    [Fact]
    public async Task A_purge_by_the_agent_during_the_load_keeps_a_value_with_an_added_tag_from_being_kept()
    {
        await using var process = await region.StartAsync();
        var (key, tag) = (region.NewKey(), "author:" + region.NewKey());
        await region.PurgeAsync([], tag);
        await region.PurgeAsync([], "other");

        await process.Cache.GetOrCreateAsync(key, async (context, _) =>
        {
            await region.RepairAsync([], tag);
            context.Tags.Add(tag);
            return "v1";
        });
        await process.CatchUpAsync();

        Assert.Equal("v2", await ReadAsync(process, key, "v2"));
    }

    [Fact]
    public async Task A_read_does_not_use_a_shared_load_if_a_tag_that_it_adds_was_purged_before_the_read()
    {
        await using var process = await region.StartAsync();
        var (key, tag) = (region.NewKey(), "author:" + region.NewKey());
        var (begun, finish) = (new TaskCompletionSource(), new TaskCompletionSource());
        var old = process.Cache.GetOrCreateAsync(key, async (context, _) =>
        {
            begun.SetResult();
            await finish.Task;
            context.Tags.Add(tag);
            return "v1";
        }).AsTask();
        await begun.Task;

        await region.PurgeAsync([], tag);
        await process.CatchUpAsync();
        var read = ReadAsync(process, key, "v2");
        finish.SetResult();

        Assert.Equal("v2", await read);
        Assert.Equal("v1", await old);
    }

    [Fact]
    public async Task An_entry_that_can_not_be_deserialized_is_loaded_again()
    {
        await using var process = await region.StartAsync();
        var key = region.NewKey();
        var expiresAt = TimeProvider.System.GetUtcNow().AddHours(1).ToUnixTimeMilliseconds();
        await region.Redis.StringSetAsync(key, $"1V0123456789abcdef{expiresAt} 0:{{not json");

        Assert.Equal([7], await process.Cache.GetOrCreateAsync(key, _ => ValueTask.FromResult(new List<int> { 7 })));
        await Eventually.Async(() => process.Holds(key));
        Assert.Equal([7], await process.Cache.GetOrCreateAsync(key, _ => ValueTask.FromResult(new List<int>())));
    }

    [Fact]
    public async Task A_key_that_is_read_as_two_types_is_loaded_for_each()
    {
        await using var process = await region.StartAsync(cache => cache.NoValueExpiration = TimeSpan.FromMinutes(1));
        var (key, none) = (region.NewKey(), region.NewKey());
        await process.Cache.GetOrCreateAsync(key, _ => ValueTask.FromResult(new List<int> { 7 }));
        await ReadAsync(process, none, null);
        await Eventually.Async(() => process.Holds(key) && process.Holds(none));

        Assert.Equal(42, await process.Cache.GetOrCreateAsync(key, _ => ValueTask.FromResult(42)));
        Assert.Equal(42, await process.Cache.GetOrCreateAsync(none, _ => ValueTask.FromResult(42)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("*")]
    public async Task A_tag_that_no_purge_can_name_is_rejected(string tag)
    {
        await using var process = await region.StartAsync();

        await Assert.ThrowsAsync<ArgumentException>(() => ReadAsync(process, region.NewKey(), "v1", tag));
    }

    [Fact]
    public async Task A_failed_load_is_reported_to_its_callers_and_the_next_read_loads_again_at_once()
    {
        await using var process = await region.StartAsync();
        var key = region.NewKey();

        await Assert.ThrowsAsync<InvalidOperationException>(async () =>
            await process.Cache.GetOrCreateAsync<string>(key, _ => throw new InvalidOperationException("no database")));

        Assert.Equal("v2", await ReadAsync(process, key, "v2"));
        Assert.Equal("v2", await ReadAsync(process, key, "v3"));
    }

    [Fact]
    public async Task A_mutable_value_is_a_copy_for_each_caller_and_an_immutable_one_is_shared()
    {
        await using var process = await region.StartAsync();
        var (mutable, shared) = (region.NewKey(), region.NewKey());

        var first = await process.Cache.GetOrCreateAsync(mutable, _ => ValueTask.FromResult(new List<int> { 1 }));
        first.Add(2);
        var second = await process.Cache.GetOrCreateAsync(mutable, _ => ValueTask.FromResult(new List<int>()));
        var text = await ReadAsync(process, shared, new string('x', 3));
        await Eventually.Async(() => process.Holds(shared));

        Assert.Equal([1], second);
        Assert.Same(await ReadAsync(process, shared, ""), await ReadAsync(process, shared, ""));
        Assert.Equal("xxx", text);
    }

    [Theory]
    [InlineData(null, 2)]
    [InlineData(60, 1)]
    public async Task The_answer_that_there_is_no_value_is_kept_only_if_configured(int? seconds, int expected)
    {
        await using var process = await region.StartAsync(
            cache => cache.NoValueExpiration = seconds is { } some ? TimeSpan.FromSeconds(some) : null);
        var key = region.NewKey();

        Assert.Null(await ReadAsync(process, key, null));
        if (seconds is not null)
            await FilledAsync(key);
        Assert.Null(await ReadAsync(process, key, null));
        Assert.Equal(expected, loads);

        await region.PurgeAsync([key]);
        await process.CatchUpAsync();
        Assert.Equal("v1", await ReadAsync(process, key, "v1"));
    }

    [Fact]
    public async Task A_read_inside_a_transaction_keeps_nothing()
    {
        await using var process = await region.StartAsync();
        var key = region.NewKey();

        using (new System.Transactions.TransactionScope(System.Transactions.TransactionScopeAsyncFlowOption.Enabled))
            Assert.Equal("uncommitted", await ReadAsync(process, key, "uncommitted"));

        Assert.False(await region.Redis.KeyExistsAsync(key));
        Assert.Equal("v1", await ReadAsync(process, key, "v1"));
    }

    [Fact]
    public async Task Callers_that_share_a_load_of_a_large_mutable_value_each_have_their_own()
    {
        await using var process = await region.StartAsync();
        var key = region.NewKey();
        var mayEnd = new TaskCompletionSource();
        var reads = Enumerable.Range(0, 2).Select(_ => process.Cache.GetOrCreateAsync(key, async _ =>
        {
            await mayEnd.Task;
            return new List<string> { new('x', 2 * 1_024 * 1_024) };
        }).AsTask()).ToArray();
        mayEnd.SetResult();

        var values = await Task.WhenAll(reads);

        Assert.NotSame(values[0], values[1]);
    }

    [Fact]
    public async Task A_read_without_memory_uses_the_regions_Redis()
    {
        await using var process = await region.StartAsync();
        var key = region.NewKey();
        await ReadAsync(process, key, "v1");
        await FilledAsync(key);
        await region.RemoveAsync(key);

        Assert.Equal("v2", await process.Cache.GetOrCreateAsync(key, _ => ValueTask.FromResult("v2"), NoMemory));
    }

    private async Task<string?> ReadAsync(CacheProcess process, string key, string? value, params string[] tags) =>
        await process.Cache.GetOrCreateAsync(key, _ => Load(value), tags: tags);

    private ValueTask<string?> Load(string? value)
    {
        Interlocked.Increment(ref loads);
        return ValueTask.FromResult(value);
    }

    // The caller does not wait for the fill.
    private Task FilledAsync(string key) => Eventually.Async(async () =>
        (string?)await region.Redis.StringGetAsync(key) is { } content && content[1] is 'V' or 'N');
}

public sealed class ReplicatedReadThroughTests(ReplicatedRegion region) : ReadThroughTests(region), IClassFixture<ReplicatedRegion>;

public sealed class ClusterReadThroughTests(ClusterRegion region) : ReadThroughTests(region), IClassFixture<ClusterRegion>;

public sealed class ReadOnlyReadThroughTests(ReadOnlyRegion region) : ReadThroughTests(region), IClassFixture<ReadOnlyRegion>;
