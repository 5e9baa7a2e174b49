using LastMile.Events.Fabric;
using LastMile.Events.Testing;
using Xunit;

namespace RegionAgent.Tests;

/// <summary>An independent region with a Garnet, as a stand-in for a managed service. It restarts empty.</summary>
internal sealed class GarnetWorld : IndependentWorld
{
    protected override Task<RedisServer> StartRegionAsync(SharedServers servers)
    {
        Assert.SkipUnless(InstalledGarnet.IsInstalled, InstalledGarnet.Advice);
        return servers.StartGarnetAsync();
    }
}
