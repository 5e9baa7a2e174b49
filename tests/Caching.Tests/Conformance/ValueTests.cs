using System.ComponentModel;
using System.Text.Json;
using LastMile.Events.Testing;
using Xunit;

namespace Caching.Tests.Conformance;

/// <summary>Tests which values are shared by their callers, which are copied, and which are not kept.</summary>
public abstract class ValueTests(CacheSide side) : ConformanceTests(side)
{
    [Fact]
    public async Task Values_of_many_types_are_the_same_from_memory_and_from_Redis()
    {
        await IsKeptAsync("text é ✓");
        await IsKeptAsync("");
        await IsKeptAsync<byte[]>([0, 255, 13, 10]);
        await IsKeptAsync<byte[]>([]);
        await IsKeptAsync(42);
        await IsKeptAsync<int?>(42);
        await IsKeptAsync(true);
        await IsKeptAsync(1.5m);
        await IsKeptAsync(Guid.NewGuid());
        await IsKeptAsync(DateTimeOffset.UnixEpoch);
        await IsKeptAsync(DayOfWeek.Friday);
        await IsKeptAsync(new Mutable { Id = 1, Lines = { "a", "b" } });
        await IsKeptAsync(new Immutable(1, "a"));
        await IsKeptAsync(new Point(1, 2));
        await IsKeptAsync((Id: 1, Name: "a"));
        await IsKeptAsync(new List<(int, string)> { (1, "a") });
        await IsKeptAsync(new Dictionary<string, int>(StringComparer.Ordinal) { ["a"] = 1 });
        await IsKeptAsync<IReadOnlyList<int>>([1, 2]);
    }

    [Fact]
    public async Task All_callers_share_an_immutable_value()
    {
        Assert.True(await IsSharedAsync(new string('x', 3)));
        Assert.True(await IsSharedAsync(new Immutable(1, "a")));
    }

    [Fact]
    public async Task Each_caller_has_its_own_copy_of_a_value_that_may_change()
    {
        Assert.False(await IsSharedAsync(new Mutable { Id = 1 }));
        Assert.False(await IsSharedAsync<byte[]>([1, 2]));
        Assert.False(await IsSharedAsync(new NotSealed(1)));
        Assert.False(await IsSharedAsync<object>(new Immutable(1, "a")));
    }

    [Fact]
    public async Task Callers_that_share_a_load_have_their_own_copies()
    {
        var (key, finish) = (Side.NewKey(), new TaskCompletionSource<Mutable>());
        var reads = Enumerable.Range(0, 3)
            .Select(_ => Cache.GetOrCreateAsync(key, async _ => await finish.Task).AsTask())
            .ToArray();

        var loaded = new Mutable { Id = 1 };
        finish.SetResult(loaded);

        Assert.Equal(4, (await Task.WhenAll(reads)).Append(loaded).Distinct().Count());
    }

    [Fact]
    public async Task A_change_of_a_returned_value_does_not_reach_other_callers()
    {
        var key = Side.NewKey();
        var first = await Cache.GetOrCreateAsync(key, _ => ValueTask.FromResult(new Mutable { Lines = { "a" } }));
        first.Lines.Add("b");

        var second = await Cache.GetOrCreateAsync(key, _ => ValueTask.FromResult(new Mutable()));

        Assert.Equal(["a"], second.Lines);
    }

    [Fact]
    public async Task A_null_is_kept_by_default_only_in_Microsofts_cache()
    {
        var (text, item) = (Side.NewKey(), Side.NewKey());

        Assert.Equal(2, await LoadsOfReadAsync());

        // This product keeps it if NoValueExpiration is set: a value that is created later needs a purge of its key then.
        await Eventually.Async(LoadsOfReadAsync, loads => loads == Differs(hybridCache: 0, lastMile: 2));

        async Task<int> LoadsOfReadAsync()
        {
            var before = Loads;
            Assert.Null(await Cache.GetOrCreateAsync(text, _ => Load<string?>(null)));
            Assert.Null(await Cache.GetOrCreateAsync(item, _ => Load<Mutable?>(null)));
            return Loads - before;
        }
    }

    [Fact]
    public async Task A_key_that_is_read_as_another_type_is_loaded_again_only_in_this_product()
    {
        var key = Side.NewKey();
        await FillAsync(key, "no number");

        var failure = await Record.ExceptionAsync(async () => Assert.Equal(42, await Cache.GetOrCreateAsync(key, _ => Load(42))));

        // An earlier version of the application may have written it.
        Assert.Equal(Differs(hybridCache: true, lastMile: false), failure is JsonException);
        Assert.True(failure is null or JsonException, failure?.ToString());
    }

    [Fact]
    public async Task A_key_may_be_read_as_another_type_that_has_the_same_form()
    {
        var key = Side.NewKey();
        await FillAsync(key, "42");

        Assert.Equal(42, await Cache.GetOrCreateAsync(key, _ => Load(0)));
        Assert.Equal(0, Loads);
    }

    private async Task IsKeptAsync<T>(T value)
    {
        await using var other = await Side.StartAsync();
        var key = Side.NewKey();
        var expected = JsonSerializer.Serialize(value, Fields);

        Assert.Equal(expected, JsonSerializer.Serialize(await Cache.GetOrCreateAsync(key, _ => Load(value)), Fields));
        var loads = Loads;
        await KeptAsync<T>(key);
        Assert.Equal(expected, JsonSerializer.Serialize(await Cache.GetOrCreateAsync(key, _ => Load(value)), Fields));
        Assert.Equal(expected, JsonSerializer.Serialize(await other.Cache.GetOrCreateAsync(key, _ => Load(value)), Fields));
        Assert.Equal(loads, Loads);
    }

    private async Task<bool> IsSharedAsync<T>(T value)
        where T : class
    {
        var key = Side.NewKey();
        var first = await Cache.GetOrCreateAsync(key, _ => ValueTask.FromResult(value));
        await KeptAsync<T>(key);
        var (second, third) = (
            await Cache.GetOrCreateAsync(key, _ => ValueTask.FromResult(value)),
            await Cache.GetOrCreateAsync(key, _ => ValueTask.FromResult(value)));
        Assert.Equal(ReferenceEquals(value, first), ReferenceEquals(second, third));
        return ReferenceEquals(first, second);
    }

    private static readonly JsonSerializerOptions Fields = new() { IncludeFields = true };

    private sealed class Mutable
    {
        public int Id { get; set; }

        public IList<string> Lines { get; init; } = [];
    }

    [ImmutableObject(true)]
    private sealed record Immutable(int Id, string Name);

    // A derived type could be mutable.
    [ImmutableObject(true)]
    private record NotSealed(int Id);

    private sealed record Derived(int Id) : NotSealed(Id);

    private readonly record struct Point(int X, int Y);
}

[Collection<OnHybridCache>]
public sealed class HybridCacheValueTests(HybridCacheSide side) : ValueTests(side);

[Collection<OnLastMile>]
public sealed class LastMileValueTests(LastMileSide side) : ValueTests(side);

[Collection<OnCluster>]
public sealed class ClusterValueTests(ClusterSide side) : ValueTests(side);

[Collection<OnReadOnly>]
public sealed class ReadOnlyValueTests(ReadOnlySide side) : ValueTests(side);
