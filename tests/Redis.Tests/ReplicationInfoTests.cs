using LastMile.Events.Redis;
using Xunit;

namespace Redis.Tests;

public sealed class ReplicationInfoTests
{
    private const string Primary =
        "# Replication\r\nrole:master\r\nconnected_slaves:2\r\n"
        + "slave0:ip=127.0.0.1,port=7001,state=online,offset=14,lag=0\r\n"
        + "master_replid:8ff5\r\nmaster_repl_offset:1402\r\nrepl_backlog_active:1\r\n";

    private const string Replica =
        "# Replication\r\nrole:slave\r\nmaster_host:::1\r\nmaster_link_status:up\r\nmaster_sync_in_progress:0\r\n"
        + "slave_read_only:0\r\nconnected_slaves:0\r\nmaster_replid:8ff5\r\nmaster_repl_offset:1402\r\n";

    [Fact]
    public void A_primary_reports_its_identity_and_offset() =>
        Assert.Equal(
            new ReplicationInfo(IsPrimary: true, "8ff5", 1402, Replicas: 2, LinkUp: true, Syncing: false, ReadOnly: false),
            ReplicationInfo.Parse(Primary));

    [Fact]
    public void A_replica_reports_the_state_of_its_link() =>
        Assert.Equal(
            new ReplicationInfo(IsPrimary: false, "8ff5", 1402, Replicas: 0, LinkUp: true, Syncing: false, ReadOnly: false),
            ReplicationInfo.Parse(Replica));

    [Theory]
    [InlineData("master_link_status:up", "master_link_status:down", false, false, false)]
    [InlineData("master_sync_in_progress:0", "master_sync_in_progress:1", true, true, false)]
    [InlineData("slave_read_only:0", "slave_read_only:1", true, false, true)]
    public void A_replica_reports_a_broken_link_a_sync_and_read_only_mode(
        string field, string instead, bool linkUp, bool syncing, bool readOnly)
    {
        var info = ReplicationInfo.Parse(Replica.Replace(field, instead, StringComparison.Ordinal));

        Assert.Equal((linkUp, syncing, readOnly), (info.LinkUp, info.Syncing, info.ReadOnly));
    }

    // The start and length of the backlog, before and after. Its capacity is 100 bytes.
    [Theory]
    [InlineData(1, 50, 1, 60, false)]
    [InlineData(1, 100, 41, 100, false)]
    [InlineData(1, 90, 41, 105, false)]
    [InlineData(1, 50, 51, 10, true)]
    [InlineData(1, 50, 52, 0, true)]
    [InlineData(900, 100, 1, 14, true)]
    [InlineData(0, 0, 1, 14, true)]
    public void A_new_backlog_on_a_replica_indicates_a_full_copy(long begin, long length, long laterBegin, long laterLength, bool copied)
    {
        Assert.Equal(copied, WithBacklog(Replica, laterBegin, laterLength).HasResyncedSince(WithBacklog(Replica, begin, length)));
        Assert.False(WithBacklog(Primary, laterBegin, laterLength).HasResyncedSince(WithBacklog(Primary, begin, length)));

        static ReplicationInfo WithBacklog(string info, long begin, long length) =>
            ReplicationInfo.Parse(
                $"{info}repl_backlog_size:100\r\nrepl_backlog_first_byte_offset:{begin}\r\nrepl_backlog_histlen:{length}\r\n");
    }

    [Theory]
    [InlineData("")]
    [InlineData("# Replication\r\n")]
    [InlineData("role:slave\nmaster_repl_offset:many\n")]
    public void Missing_fields_count_as_a_link_that_is_down(string text) =>
        Assert.Equal(
            new ReplicationInfo(IsPrimary: false, "", 0, Replicas: 0, LinkUp: false, Syncing: false, ReadOnly: false),
            ReplicationInfo.Parse(text));
}
