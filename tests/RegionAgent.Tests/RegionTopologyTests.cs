using LastMile.Events.Messages;
using LastMile.Events.Redis;
using LastMile.Events.RegionAgent.Configuration;
using LastMile.Events.RegionAgent.Leadership;
using LastMile.Events.RegionAgent.Ledger;
using LastMile.Events.RegionAgent.Observed;
using LastMile.Events.RegionAgent.Topologies;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace RegionAgent.Tests;

public sealed class RegionTopologyTests
{
    // Each row: topology, primary, link up, syncing, read-only; then the resulting link and the setting that the warning names.
    [Theory]
    [InlineData("Replicated", false, true, false, false, LinkState.Up, null)]
    [InlineData("Replicated", false, false, false, false, LinkState.Down, null)]
    [InlineData("Replicated", false, false, true, false, LinkState.Syncing, null)]
    [InlineData("Replicated", false, true, false, true, LinkState.Up, "'replica-read-only no'")]
    [InlineData("Replicated", true, true, false, false, LinkState.Down, "'replicaof <primary host> <port>'")]
    [InlineData("Independent", true, true, false, false, LinkState.Up, null)]
    [InlineData("Independent", false, false, false, true, LinkState.Up, "'replicaof no one'")]
    [InlineData("ReadOnly", false, true, false, true, LinkState.Up, null)]
    [InlineData("ReadOnly", false, false, false, true, LinkState.Down, null)]
    [InlineData("ReadOnly", false, true, false, false, LinkState.Up, "'replica-read-only yes'")]
    [InlineData("ReadOnly", true, true, false, false, LinkState.Down, "'replicaof <primary host> <port>'")]
    public void A_servers_role_determines_the_link_and_the_warning(
        string topology, bool isPrimary, bool linkUp, bool syncing, bool readOnly, LinkState link, string? setting)
    {
        var info = new ReplicationInfo(isPrimary, "id", 0, 0, linkUp, syncing, readOnly);

        var role = Of(topology);

        Assert.Equal(link, role.Link(info));
        var warning = role.Warning(info, "127.0.0.1:6379");
        if (setting is null)
            Assert.Null(warning);
        else
            Assert.Contains(setting, warning, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Replicated", ServerProduct.Redis, ServerMode.Standalone, null)]
    [InlineData("Replicated", ServerProduct.Valkey, ServerMode.Standalone, null)]
    [InlineData("Replicated", ServerProduct.Redis, ServerMode.Cluster, "Set Region:Topology to Independent")]
    [InlineData("Replicated", ServerProduct.Garnet, ServerMode.Standalone, "Set Region:Topology to Independent")]
    [InlineData("Replicated", ServerProduct.Dragonfly, ServerMode.Standalone, "Set Region:Topology to Independent")]
    [InlineData("Independent", ServerProduct.Garnet, ServerMode.Cluster, null)]
    [InlineData("Independent", ServerProduct.Redis, ServerMode.Cluster, null)]
    [InlineData("Independent", ServerProduct.Redis, ServerMode.Sentinel, "Add serviceName=")]
    [InlineData("ReadOnly", ServerProduct.Redis, ServerMode.Standalone, null)]
    [InlineData("ReadOnly", ServerProduct.Redis, ServerMode.Cluster, "Set Region:Topology to Independent")]
    [InlineData("ReadOnly", ServerProduct.Garnet, ServerMode.Standalone, "Set Region:Topology to Independent")]
    public void A_server_that_the_topology_cannot_use_is_refused(string topology, ServerProduct product, ServerMode mode, string? setting)
    {
        var refusal = Of(topology).Refusal(Server(product, new Version(7, 2), mode), "127.0.0.1:6379");

        if (setting is null)
            Assert.Null(refusal);
        else
            Assert.Contains(setting, refusal, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ServerProduct.Redis, "7.0", null)]
    [InlineData(ServerProduct.Redis, "6.2", "Upgrade it to Redis 7.0 or Valkey 7.2")]
    [InlineData(ServerProduct.KeyDB, "6.3", "Upgrade it to Redis 7.0 or Valkey 7.2")]
    [InlineData(ServerProduct.Garnet, "7.4", "Give it more memory")]
    public void A_server_that_lacks_something_is_named(ServerProduct product, string compatible, string? remedy)
    {
        var warning = ServerWarning.Of(Server(product, Version.Parse(compatible), ServerMode.Standalone), "127.0.0.1:6379");

        if (remedy is null)
            Assert.Null(warning);
        else
            Assert.Contains(remedy, warning, StringComparison.Ordinal);
    }

    private static ServerFacts Server(ServerProduct product, Version compatible, ServerMode mode) => new(
        product,
        compatible,
        compatible,
        mode,
        new ReplicationInfo(true, "id", 0, 0, true, false, false),
        new MemoryInfo(0, "volatile-lru"));

    private static RegionTopology Of(string topology)
    {
        var time = new FakeTimeProvider();
        var (ledger, observed, leadership) = (new PurgeLedger(time), new ObservedRegion(time), new LeadershipState(time));
        var options = Options.Create(new RegionOptions());
        return topology switch
        {
            nameof(Topology.Independent) => new IndependentTopology(ledger, observed, leadership),
            nameof(Topology.ReadOnly) => new ReadOnlyTopology(ledger, observed, leadership, new PrimaryStream(), options),
            _ => new ReplicatedTopology(ledger, observed, leadership, new PrimaryStream(), options),
        };
    }
}
