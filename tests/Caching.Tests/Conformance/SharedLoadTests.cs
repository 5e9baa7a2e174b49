using LastMile.Events.Testing;
using Microsoft.Extensions.Caching.Hybrid;
using Xunit;

namespace Caching.Tests.Conformance;

/// <summary>Tests loads that several callers share, and their failures and cancellation.</summary>
public abstract class SharedLoadTests(CacheSide side) : ConformanceTests(side)
{
    private readonly TaskCompletionSource begun = new();
    private readonly TaskCompletionSource<string> finish = new();
    private CancellationToken token;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Concurrent_callers_share_one_load(bool canBeCancelled)
    {
        using var source = new CancellationTokenSource();
        var (key, cancellation) = (Side.NewKey(), canBeCancelled ? source.Token : CancellationToken.None);

        var reads = Enumerable.Range(0, 50).Select(_ => ReadSlowlyAsync(key, cancellation)).ToArray();
        await begun.Task;
        finish.SetResult("v1");

        Assert.All(await Task.WhenAll(reads), value => Assert.Equal("v1", value));
        Assert.Equal(1, Loads);
    }

    [Fact]
    public async Task Two_keys_are_loaded_at_the_same_time()
    {
        var read = ReadSlowlyAsync(Side.NewKey());
        await begun.Task;

        Assert.Equal(Loaded, await ReadAsync(Side.NewKey()));

        finish.SetResult("v1");
        Assert.Equal("v1", await read);
    }

    [Fact]
    public async Task A_caller_with_other_flags_does_not_wait_for_the_load()
    {
        var key = Side.NewKey();
        var read = ReadSlowlyAsync(key);
        await begun.Task;

        var options = new HybridCacheEntryOptions
        {
            Flags = HybridCacheEntryFlags.DisableLocalCache | HybridCacheEntryFlags.DisableDistributedCache,
        };
        Assert.Equal(Loaded, await ReadAsync(key, options));

        finish.SetResult("v1");
        Assert.Equal("v1", await read);
    }

    [Fact]
    public async Task A_failed_load_fails_all_its_callers_and_is_not_kept()
    {
        var key = Side.NewKey();
        var reads = Enumerable.Range(0, 10).Select(_ => ReadSlowlyAsync(key)).ToArray();
        await begun.Task;

        finish.SetException(new InvalidOperationException("no database"));

        foreach (var read in reads)
            Assert.Equal("no database", (await Assert.ThrowsAsync<InvalidOperationException>(() => read)).Message);
        Assert.Equal(1, Loads);
        Assert.Equal(Loaded, await ReadAsync(key));
    }

    [Fact]
    public async Task A_loader_that_throws_at_once_fails_its_caller() =>
        await Assert.ThrowsAsync<InvalidOperationException>(async () =>
            await Cache.GetOrCreateAsync<string>(Side.NewKey(), _ => throw new InvalidOperationException("no database")));

    [Fact]
    public async Task A_cancelled_caller_stops_waiting_and_the_others_receive_the_value()
    {
        using var source = new CancellationTokenSource();
        var key = Side.NewKey();
        var cancelled = ReadSlowlyAsync(key, source.Token);
        await begun.Task;
        using var another = new CancellationTokenSource();
        var waiting = ReadSlowlyAsync(key, another.Token);

        await source.CancelAsync();

        var failure = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled);
        Assert.Equal(source.Token, failure.CancellationToken);
        Assert.False(token.IsCancellationRequested);
        finish.SetResult("v1");
        Assert.Equal("v1", await waiting);
        Assert.Equal(1, Loads);
    }

    [Fact]
    public async Task A_load_is_cancelled_when_all_its_callers_are()
    {
        using var source = new CancellationTokenSource();
        var key = Side.NewKey();
        var reads = Enumerable.Range(0, 3).Select(_ => ReadSlowlyAsync(key, source.Token)).ToArray();
        await begun.Task;

        await source.CancelAsync();

        foreach (var read in reads)
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read);
        await Eventually.Async(() => token.IsCancellationRequested);
        finish.SetCanceled(token);
        Assert.Equal(Loaded, await ReadAsync(key));
    }

    [Fact]
    public async Task A_call_that_is_cancelled_before_it_begins_throws_even_on_a_hit()
    {
        var key = Side.NewKey();
        await FillAsync(key, "v1");

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
            await Cache.GetOrCreateAsync(key, _ => Load(Loaded), cancellationToken: new CancellationToken(canceled: true)));

        Assert.Equal(0, Loads);
    }

    [Fact]
    public async Task Callers_of_different_overloads_share_one_load_only_in_this_product()
    {
        var key = Side.NewKey();
        var read = ReadSlowlyAsync(key);
        await begun.Task;

        var other = Record.ExceptionAsync(async () => Assert.Equal("v1", await Cache.GetOrCreateAsync(key, 7, (_, _) => Load(Loaded))));
        finish.SetResult("v1");

        // Microsoft's cache compares the type of the loader's state, too.
        Assert.Equal(Differs(hybridCache: typeof(InvalidOperationException), lastMile: null), (await other)?.GetType());
        Assert.Equal("v1", await read);
    }

    [Fact]
    public async Task Concurrent_callers_may_read_a_key_as_two_types_only_in_this_product()
    {
        var key = Side.NewKey();
        var read = ReadSlowlyAsync(key);
        await begun.Task;

        var other = Record.ExceptionAsync(async () => Assert.Equal(42, await Cache.GetOrCreateAsync(
            key, _ => ValueTask.FromResult(42), new() { Flags = HybridCacheEntryFlags.None })));
        finish.SetResult("v1");

        Assert.Equal(Differs(hybridCache: typeof(InvalidOperationException), lastMile: null), (await other)?.GetType());
        Assert.Equal("v1", await read);
    }

    private Task<string> ReadSlowlyAsync(string key, CancellationToken cancellationToken = default) => Cache.GetOrCreateAsync(
        key,
        async cancellation =>
        {
            await Load(key);
            token = cancellation;
            begun.TrySetResult();
            return await finish.Task;
        },
        cancellationToken: cancellationToken).AsTask();
}

[Collection<OnHybridCache>]
public sealed class HybridCacheSharedLoadTests(HybridCacheSide side) : SharedLoadTests(side);

[Collection<OnLastMile>]
public sealed class LastMileSharedLoadTests(LastMileSide side) : SharedLoadTests(side);

[Collection<OnCluster>]
public sealed class ClusterSharedLoadTests(ClusterSide side) : SharedLoadTests(side);

[Collection<OnReadOnly>]
public sealed class ReadOnlySharedLoadTests(ReadOnlySide side) : SharedLoadTests(side);
