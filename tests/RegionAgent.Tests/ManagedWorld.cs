using LastMile.Events.Fabric;
using LastMile.Events.Testing;

namespace RegionAgent.Tests;

/// <summary>An independent region behind an endpoint. After each crash, the replica of the crashed node serves.</summary>
internal sealed class ManagedWorld : IndependentWorld
{
    private ManagedEndpoint endpoint = null!;

    // An endpoint waits for its nodes' replication, so nothing that the test has written before the crash is lost.
    public override async Task BreakAsync()
    {
        await endpoint.Current.SendAsync("WAIT", "1", "1000");
        await endpoint.KillAsync();
    }

    public override Task MendAsync() => endpoint.FailOverAsync();

    // The replica keeps what it has when its replication ends.
    public override async Task KeepCopyAsync()
    {
        await endpoint.Current.SendAsync("WAIT", "1", "1000");
        await endpoint.Standby.PromoteAsync();
    }

    protected override async Task<RedisServer> StartRegionAsync(SharedServers servers)
    {
        endpoint = await servers.StartManagedEndpointAsync();
        return endpoint.Redis;
    }
}
