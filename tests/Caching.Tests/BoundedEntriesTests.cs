using LastMile.Events.Caching.Local;
using LastMile.Events.Caching.Serialization;
using Xunit;

namespace Caching.Tests;

/// <summary>Tests that the values in memory stay within their bounds, and that the count of their bytes is right.</summary>
public sealed class BoundedEntriesTests
{
    private const int Maximum = 1_024 * 1_024;
    private const int MaximumCount = 1_024;

    private readonly BoundedEntries entries = new(Maximum);

    [Fact]
    public void Large_entries_are_bounded_in_bytes_and_a_new_one_stays()
    {
        for (var id = 0; id < 1_000; id++)
        {
            entries.Set(Key(id), Entry(10_000));

            Assert.InRange(entries.Bytes, 10_000, Maximum);
            Assert.NotNull(entries.Get(Key(id)));
        }

        Assert.True(entries.Bytes > Maximum * 3 / 4);
    }

    [Fact]
    public void Small_entries_are_bounded_in_number()
    {
        for (var id = 0; id < 10 * MaximumCount; id++)
            entries.Set(Key(id), Entry(100));

        var kept = Enumerable.Range(0, 10 * MaximumCount).Count(id => entries.Get(Key(id)) is not null);
        Assert.InRange(kept, MaximumCount / 2, MaximumCount);
        Assert.Equal(kept * 100, entries.Bytes);
    }

    [Fact]
    public void The_most_used_entries_stay()
    {
        var used = Enumerable.Range(0, 100).Select(Key).ToArray();
        foreach (var key in used)
            entries.Set(key, Entry(100));

        for (var id = 100; id < 20_000; id++)
        {
            entries.Set(Key(id), Entry(100));
            Assert.NotNull(entries.Get(used[id % used.Length]));
        }
    }

    [Fact]
    public void An_entry_above_the_bound_is_rejected_and_evicts_nothing()
    {
        Assert.True(entries.Set("key", Entry(100)));

        Assert.False(entries.Set("large", Entry(Maximum + 1)));

        Assert.Null(entries.Get("large"));
        Assert.Equal(100, entries.Bytes);
    }

    [Fact]
    public async Task Threads_that_store_and_replace_count_every_byte()
    {
        await Task.WhenAll(Enumerable.Range(0, 4).Select(thread => Task.Run(() =>
        {
            var random = new Random(thread);
            for (var round = 0; round < 200_000; round++)
                entries.Set(Key(random.Next(2 * MaximumCount)), Entry(random.Next(1, 3_000)));
        })).ToArray());
        // Where two threads trim, one of them may stop early.
        entries.Set(Key(0), Entry(1));

        var sum = Enumerable.Range(0, 2 * MaximumCount).Sum(id => entries.Get(Key(id))?.Size ?? 0);
        Assert.Equal(sum, entries.Bytes);
        Assert.InRange(entries.Bytes, 1, Maximum);
    }

    private static string Key(int id) => $"product:{id}";

    private static LocalEntry Entry(int size) => new(new NoValue(), 0, [], [], default, long.MaxValue, size);
}
