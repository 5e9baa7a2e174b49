using Microsoft.Extensions.Caching.Hybrid;
using Xunit;

namespace Caching.Tests.Conformance;

/// <summary>Tests the levels that a read uses, and the overloads of <c>GetOrCreateAsync</c>.</summary>
public abstract class OverloadTests(CacheSide side) : ConformanceTests(side)
{
    [Fact]
    public async Task A_miss_loads_the_value_and_keeps_it_in_memory_and_in_Redis()
    {
        var key = Side.NewKey();

        Assert.Equal(Loaded, await ReadAsync(key));
        await KeptAsync(key);

        Assert.Equal(Loaded, await ReadAsync(key));
        Assert.Equal(1, Loads);
    }

    [Fact]
    public async Task Another_process_reads_the_value_from_Redis_and_keeps_it_in_memory()
    {
        await using var other = await Side.StartAsync();
        var key = Side.NewKey();
        await FillAsync(key, "v1");

        Assert.Equal("v1", await ReadAsync(key, cache: other.Cache));

        Assert.Equal("v1", await MemoryAsync(key, other.Cache));
        Assert.Equal(0, Loads);
    }

    [Fact]
    public async Task A_hit_in_memory_completes_synchronously()
    {
        var key = Side.NewKey();
        await FillAsync(key, "v1");

        var read = Cache.GetOrCreateAsync(key, _ => Load("v2")).AsTask();

        Assert.True(read.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task All_overloads_read_and_fill_the_same_entry()
    {
        var id = Side.NewKey();
        var reads = new Func<string, ValueTask<string>>[]
        {
            key => Cache.GetOrCreateAsync(key, _ => Load("v" + key)),
            key => Cache.GetOrCreateAsync(key, key, (state, _) => Load("v" + state)),
            key => Cache.GetOrCreateAsync(key.AsSpan(), _ => Load("v" + key)),
            key => Cache.GetOrCreateAsync(key.AsSpan(), key, (state, _) => Load("v" + state)),
            key => Cache.GetOrCreateAsync($"{id}:{int.Parse(key.AsSpan(id.Length + 1))}", _ => Load("v" + key)),
            key => Cache.GetOrCreateAsync($"{id}:{int.Parse(key.AsSpan(id.Length + 1))}", key, (state, _) => Load("v" + state)),
        };
        for (var filler = 0; filler < reads.Length; filler++)
        {
            var key = $"{id}:{filler}";
            Assert.Equal("v" + key, await reads[filler](key));
            await KeptAsync(key);

            foreach (var read in reads)
                Assert.Equal("v" + key, await read(key));
        }

        Assert.Equal(reads.Length, Loads);
    }

    [Fact]
    public async Task A_hit_does_not_call_a_loader_that_is_missing()
    {
        var (cached, missing) = (Side.NewKey(), Side.NewKey());
        await FillAsync(cached, "v1");

        Assert.Equal("v1", await Cache.GetOrCreateAsync<int, string>(cached, 0, null!));
        await Assert.ThrowsAnyAsync<Exception>(async () => await Cache.GetOrCreateAsync<int, string>(missing, 0, null!));
    }

    [Fact]
    public async Task An_options_object_can_be_reused()
    {
        var options = new HybridCacheEntryOptions { Expiration = TimeSpan.FromMinutes(3), LocalCacheExpiration = TimeSpan.FromMinutes(2) };
        for (var use = 0; use < 3; use++)
        {
            var key = Side.NewKey();
            await FillAsync(key, "v" + use, options);

            Assert.InRange((await Side.Redis.KeyTimeToLiveAsync(key))!.Value.TotalMinutes, 2.5, 3);
        }
    }
}

[Collection<OnHybridCache>]
public sealed class HybridCacheOverloadTests(HybridCacheSide side) : OverloadTests(side);

[Collection<OnLastMile>]
public sealed class LastMileOverloadTests(LastMileSide side) : OverloadTests(side);

[Collection<OnCluster>]
public sealed class ClusterOverloadTests(ClusterSide side) : OverloadTests(side);

[Collection<OnReadOnly>]
public sealed class ReadOnlyOverloadTests(ReadOnlySide side) : OverloadTests(side);
