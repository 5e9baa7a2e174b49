using LastMile.Events.Chaos.Load;
using LastMile.Events.Chaos.Oracle;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Chaos.Tests;

public sealed class FollowedEntryTests
{
    private const int Product = 7;
    private readonly FakeTimeProvider time = new();
    private readonly CommitHistory commits;
    private readonly FollowedEntry entry;

    public FollowedEntryTests()
    {
        commits = new CommitHistory(time);
        entry = new FollowedEntry(commits, Product);
        commits.Committed(Product, 0);
    }

    // One character per second: c commits the next version, a digit reads that version from the cache, - reads a miss, and . does nothing.
    [Theory]
    [InlineData("c.", "")]
    [InlineData("0c-", "0")]
    [InlineData("0c1", "0")]
    [InlineData("-c-", "")]
    [InlineData("-c1c2", "0")]
    [InlineData("00", "")]
    [InlineData("-c0-", "1")]
    [InlineData("0c0-", "1")]
    [InlineData("0c000-", "3")]
    [InlineData("0c...1", "0")]
    [InlineData("0ccc-", "0 0 0")]
    [InlineData("0c0c0c0-", "5 3 1")]
    [InlineData("0c0c1c1-", "1 3 1")]
    [InlineData("0c0c.c-", "1 0 0")]
    [InlineData("0c0-1c1-", "1 1")]
    [InlineData("0c0-0-", "1 3")]
    public void Each_change_of_a_cached_product_is_timed_from_its_own_commit(string story, string seconds)
    {
        List<double> took = [];
        var version = 0;
        foreach (var event_ in story)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            if (event_ == 'c')
                commits.Committed(Product, ++version);
            else if (event_ != '.')
                took.AddRange(Look(event_ == '-' ? null : event_ - '0').Select(stale => Lasting(stale).TotalSeconds));
        }

        Assert.Equal(seconds, string.Join(' ', took));
    }

    [Fact]
    public void A_change_committed_during_a_read_is_not_stale_yet()
    {
        entry.Look(0, time.GetTimestamp());
        var readAt = time.GetTimestamp();
        time.Advance(TimeSpan.FromSeconds(1));
        commits.Committed(Product, 1);

        Assert.Empty(entry.Look(0, readAt));
        Assert.Equal([TimeSpan.Zero], entry.Look(null, time.GetTimestamp()).Select(Lasting));
    }

    private IReadOnlyList<StaleSpan> Look(int? version) => entry.Look(version, time.GetTimestamp());

    private TimeSpan Lasting(StaleSpan stale) => time.GetElapsedTime(stale.From, stale.To);
}
