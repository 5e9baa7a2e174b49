using LastMile.Events.Messages;
using LastMile.Events.RegionAgent.Expected;
using Xunit;

namespace RegionAgent.Tests;

public sealed class PrimaryStreamTests
{
    private readonly PrimaryStream stream = new();

    [Fact]
    public void Of_a_primary_that_nobody_told_of_nothing_is_known()
    {
        Assert.Null(stream.BytesBeyond("a", 0));
        Hear(null, 0);
        Assert.Null(stream.BytesBeyond(null, 0));
    }

    [Theory]
    [InlineData("a", 400, 600L)]
    [InlineData("a", 1_000, 0L)]
    [InlineData("a", 1_200, 0L)]
    [InlineData("b", 400, null)]
    [InlineData(null, 400, null)]
    public void What_a_replica_lacks_is_told_in_bytes_of_the_same_history(string? history, long offset, long? beyond)
    {
        Hear("a", 1_000);

        Assert.Equal(beyond, stream.BytesBeyond(history, offset));
    }

    [Fact]
    public void The_newest_word_counts_and_one_that_tells_nothing_of_it_does_not()
    {
        Hear("a", 1_000);
        Hear("b", 50);
        Hear(null, 0);

        Assert.Null(stream.BytesBeyond("a", 0));
        Assert.Equal(50, stream.BytesBeyond("b", 0));
    }

    private void Hear(string? primaryId, long offset) =>
        stream.Receive(new InvalidatorHeartbeat("test", 1, 1, default) { PrimaryId = primaryId, PrimaryOffset = offset });
}
