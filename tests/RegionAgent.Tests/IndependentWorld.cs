using LastMile.Events.Fabric;
using LastMile.Events.Messages;
using LastMile.Events.Redis;
using LastMile.Events.Testing;

namespace RegionAgent.Tests;

/// <summary>A region with a Redis of its own. The test simulates the Invalidators' watermark; no primary runs.</summary>
internal class IndependentWorld : RegionWorld
{
    public override string Topology => "Independent";

    public override Task<Watermark> OpenEpochAsync(string lineage, long epoch) => Task.FromResult(new Watermark(epoch, 0));

    public override Task<Watermark> ApplyAsync(string lineage, Watermark newest, PurgeApplied what) =>
        Task.FromResult(new Watermark(newest.Epoch, newest.Sequence + 1));

    public override Task BreakAsync() => Region.Process.KillAsync();

    public override Task MendAsync() => Region.Process.StartAsync();

    protected override Task<RedisServer> StartRegionAsync(SharedServers servers) => servers.StartRedisAsync(RedisRole.Region);
}
