using LastMile.Events.Messages;
using LastMile.Events.RegionAgent.Topologies;
using Xunit;

namespace RegionAgent.Tests;

public sealed class PrimaryStreamTests
{
    private readonly PrimaryStream stream = new();

    [Fact]
    public void The_lag_in_bytes_is_unknown_without_a_reported_offset()
    {
        Assert.Null(stream.BytesBeyond("a", 0));
        Receive(null, 0);
        Assert.Null(stream.BytesBeyond(null, 0));
    }

    [Theory]
    [InlineData("a", 400, 600L)]
    [InlineData("a", 1_000, 0L)]
    [InlineData("a", 1_200, 0L)]
    [InlineData("b", 400, null)]
    [InlineData(null, 400, null)]
    public void The_lag_in_bytes_requires_the_same_replication_history(string? history, long offset, long? beyond)
    {
        Receive("a", 1_000);

        Assert.Equal(beyond, stream.BytesBeyond(history, offset));
    }

    [Fact]
    public void The_newest_heartbeat_with_an_offset_counts()
    {
        Receive("a", 1_000);
        Receive("b", 50);
        Receive(null, 0);

        Assert.Null(stream.BytesBeyond("a", 0));
        Assert.Equal(50, stream.BytesBeyond("b", 0));
    }

    private void Receive(string? primaryId, long offset) =>
        stream.Receive(new InvalidatorHeartbeat("test", 1, 1, default) { PrimaryId = primaryId, PrimaryOffset = offset });
}
