using LastMile.Events.Redis;
using Xunit;

namespace Redis.Tests;

public sealed class ReplicationInfoTests
{
    private const string Primary = "# Replication\r\nrole:master\r\nconnected_slaves:2\r\nslave0:ip=127.0.0.1,port=7001,state=online,offset=14,lag=0\r\n"
        + "master_replid:8ff5\r\nmaster_repl_offset:1402\r\nrepl_backlog_active:1\r\n";

    private const string Replica = "# Replication\r\nrole:slave\r\nmaster_host:::1\r\nmaster_link_status:up\r\nmaster_sync_in_progress:0\r\n"
        + "slave_read_only:0\r\nconnected_slaves:0\r\nmaster_replid:8ff5\r\nmaster_repl_offset:1402\r\n";

    [Fact]
    public void A_primary_says_who_it_is_and_how_far() =>
        Assert.Equal(
            new ReplicationInfo(IsPrimary: true, "8ff5", 1402, Replicas: 2, LinkUp: true, Syncing: false, ReadOnly: false),
            ReplicationInfo.Parse(Primary));

    [Fact]
    public void A_replica_says_how_its_link_is() =>
        Assert.Equal(
            new ReplicationInfo(IsPrimary: false, "8ff5", 1402, Replicas: 0, LinkUp: true, Syncing: false, ReadOnly: false),
            ReplicationInfo.Parse(Replica));

    [Theory]
    [InlineData("master_link_status:up", "master_link_status:down", false, false, false)]
    [InlineData("master_sync_in_progress:0", "master_sync_in_progress:1", true, true, false)]
    [InlineData("slave_read_only:0", "slave_read_only:1", true, false, true)]
    public void A_replica_tells_its_troubles(string field, string instead, bool linkUp, bool syncing, bool readOnly)
    {
        var info = ReplicationInfo.Parse(Replica.Replace(field, instead, StringComparison.Ordinal));

        Assert.Equal((linkUp, syncing, readOnly), (info.LinkUp, info.Syncing, info.ReadOnly));
    }

    [Theory]
    [InlineData("")]
    [InlineData("# Replication\r\n")]
    [InlineData("role:slave\nmaster_repl_offset:many\n")]
    public void What_is_not_said_counts_as_no_link(string text) =>
        Assert.Equal(
            new ReplicationInfo(IsPrimary: false, "", 0, Replicas: 0, LinkUp: false, Syncing: false, ReadOnly: false),
            ReplicationInfo.Parse(text));
}
