using LastMile.Events.Fabric;
using LastMile.Events.Messages;
using LastMile.Events.Redis;
using LastMile.Events.Testing;

namespace RegionAgent.Tests;

/// <summary>A region with a separate Redis server. The test simulates the primary's watermark; no primary runs.</summary>
internal sealed class IndependentWorld : RegionWorld
{
    protected override string Topology => "Independent";

    public override Task OpenEpochAsync(long epoch)
    {
        Newest = new Watermark(epoch, 0);
        return Task.CompletedTask;
    }

    public override Task BreakAsync() => Region.Process.KillAsync();

    public override Task MendAsync() => Region.Process.StartAsync();

    protected override Task<RedisServer> StartRegionAsync(SharedServers servers) => servers.StartRedisAsync(RedisRole.Region);

    protected override Task<Watermark> ApplyAsync(PurgeApplied what) => Task.FromResult(new Watermark(Newest.Epoch, Newest.Sequence + 1));
}
