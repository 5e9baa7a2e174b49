using LastMile.Events.Fabric;
using LastMile.Events.Redis;
using LastMile.Events.Testing;
using Xunit;

namespace RegionAgent.Tests;

/// <summary>A cluster whose nodes fail, restart, or are replaced while purges arrive.</summary>
[RunsFirst]
public sealed class ClusterFaultTests(SharedServers servers)
{
    [Fact]
    public async Task A_purge_that_a_promoted_replica_lacks_is_applied_there_again()
    {
        await using var world = await ClusterWorld.OpenAsync(servers);
        var primary = (await world.Cluster.PrimariesAsync())[0];
        var keys = await world.KeysOnAsync(primary, "product:", 5);
        var tag = await TagOnAsync(world, primary);
        await world.FillAsync(keys);
        await world.PurgeAsync("first");
        await world.NodesShowNewestAsync();

        await RedisClusterServers.CutReplicationAsync(primary);
        await world.PurgeAsync(Batches.Of(1, 2, keys) with { Tags = [tag] });
        await world.NodesShowNewestAsync();
        var promoted = await world.Cluster.KillAndFailOverAsync(primary);

        await Eventually.Async(async () => await promoted.SendAsync(["EXISTS", keys[0]]) is "0");
        foreach (var key in keys)
            Assert.Equal("0", await promoted.SendAsync("EXISTS", key));
        var generation = await promoted.SendAsync("GET", world.Keys.Tag(tag).ToString());
        Assert.StartsWith("1-2-", Assert.IsType<string>(generation), StringComparison.Ordinal);
        await world.NodesShowNewestAsync();
    }

    [Fact]
    public async Task A_promoted_replica_is_reported_as_sound_only_after_its_lost_purges_are_applied_again()
    {
        await using var world = await ClusterWorld.OpenAsync(
            servers, ("Region:ObservePeriod", "00:00:04"), ("Region:CriticalAfter", "00:01:00"));
        var nodes = await world.Cluster.PrimariesAsync();
        var key = (await world.KeysOnAsync(nodes[0], "product:", 1))[0];
        await world.FillAsync(key);
        await world.PurgeAsync("first");
        await world.NodesShowNewestAsync();
        var marker = (await world.KeysAsync(nodes[0])).Sound.ToString();
        var otherMarker = (await world.KeysAsync(nodes[1])).Sound.ToString();

        await RedisClusterServers.CutReplicationAsync(nodes[0]);
        await world.PurgeAsync(key);
        await world.NodesShowNewestAsync();
        using var held = world.Bus.Log.Hold();
        var promoted = await world.Cluster.KillAndFailOverAsync(nodes[0]);
        await Eventually.Async(
            () => world.Agent.Log.Lines.Any(line => line.Contains("fell back from", StringComparison.Ordinal)));
        for (var report = 0; report < 3; report++)
        {
            await nodes[1].SendAsync("DEL", otherMarker);
            await Eventually.Async(async () => await nodes[1].SendAsync("EXISTS", otherMarker) is "1");
        }

        Assert.Equal("unsound1", await StateAsync());
        held.Dispose();
        var seen = await Eventually.Async(StateAsync, state => state?.StartsWith("sound", StringComparison.Ordinal) == true);
        Assert.Equal("sound0", seen);

        async Task<string?> StateAsync() => await promoted.SendAsync(
            "EVAL",
            "local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)') "
                + "return (redis.call('GET', KEYS[1]) == run and 'sound' or 'unsound') .. redis.call('EXISTS', ARGV[1])",
            "1",
            marker,
            key) as string;
    }

    [Fact]
    public async Task No_purge_is_lost_while_replicas_replace_their_primaries()
    {
        await using var world = await ClusterWorld.OpenAsync(servers);
        await world.FillAsync("kept");
        using var stopping = new CancellationTokenSource();
        var purging = PurgeUntilAsync(world, stopping.Token);

        foreach (var primary in await world.Cluster.PrimariesAsync())
            await world.Cluster.FailOverAsync(await world.Cluster.ReplicaOfAsync(primary));
        var killed = (await world.Cluster.PrimariesAsync())[0];
        await world.Cluster.KillAndFailOverAsync(killed);
        await stopping.CancelAsync();
        var keys = await purging;

        await world.AppliedAsync();
        await world.NodesShowNewestAsync();
        Assert.Equal(["kept"], await world.HeldAsync([.. keys, "kept"]));
    }

    [Fact]
    public async Task A_node_that_restarts_empty_makes_the_agent_drop_the_entries_that_depend_on_its_tags()
    {
        await using var world = await ClusterWorld.OpenWithoutFailoverAsync(servers);
        var nodes = await world.Cluster.PrimariesAsync();
        var dependent = await world.KeysOnAsync(nodes[1], "list:", 1);
        await world.FillAsync(dependent);
        await world.PurgeAsync(Batches.Of(1, 1, "x") with { Tags = [await TagOnAsync(world, nodes[0])] });
        await world.NodesShowNewestAsync();

        await nodes[0].Server.Process.KillAsync();
        await world.Cluster.RestartAsync(nodes[0]);

        await Eventually.Async(async () => (await world.HeldAsync(dependent)).Length == 0);
        await world.NodesShowNewestAsync();
        Assert.Contains(world.Agent.Log.Lines, line => line.Contains("came back without their data", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_node_that_restarts_with_an_old_copy_receives_the_later_purges_again()
    {
        await using var world = await ClusterWorld.OpenWithoutFailoverAsync(servers);
        var nodes = await world.Cluster.PrimariesAsync();
        var (keys, kept) = (await world.KeysOnAsync(nodes[0], "product:", 3), await world.KeysOnAsync(nodes[1], "kept:", 1));
        await world.FillAsync([.. keys, .. kept]);
        await world.PurgeAsync("first");
        await world.NodesShowNewestAsync();

        await nodes[0].SendAsync("SAVE");
        await world.PurgeAsync(keys);
        await world.NodesShowNewestAsync();
        await nodes[0].Server.Process.KillAsync();
        await world.Cluster.RestartAsync(nodes[0]);

        await Eventually.Async(async () => await nodes[0].SendAsync("EXISTS", keys[0]) is "0");
        await world.NodesShowNewestAsync();
        Assert.Equal(kept, await world.HeldAsync([.. keys, .. kept]));
    }

    [Fact]
    public async Task While_a_node_does_not_answer_its_purges_wait_and_those_of_the_other_nodes_do_not()
    {
        await using var world = await ClusterWorld.OpenWithoutFailoverAsync(servers, ("Region:DownAfter", "00:00:00.500"));
        var nodes = await world.Cluster.PrimariesAsync();
        var (there, here) = (await world.KeysOnAsync(nodes[0], "product:", 2), await world.KeysOnAsync(nodes[1], "product:", 4));
        await world.FillAsync([.. there, .. here]);
        await world.PurgeAsync("first");
        await world.NodesShowNewestAsync();
        var before = await world.WatermarkAsync(nodes[1]);

        await nodes[0].Server.Process.PauseAsync();
        await world.PurgeAsync([there[0], here[0]]);
        await world.PurgeAsync([here[1]]);
        await world.PurgeAsync([there[1], here[2], here[3]]);

        await Eventually.Async(async () => (await world.HeldAsync(here)).Length == 0);
        await world.VerdictIsAsync("Unreachable");
        await Eventually.Async(
            world.Agent.ReadyAsync,
            ready => ready.Contains($"node {nodes[0].Server.Endpoint} does not answer", StringComparison.Ordinal));
        Assert.Equal(before, RegionWorld.Place(await world.Agent.StatusAsync(), "applied"));
        Assert.Equal(before, await world.WatermarkAsync(nodes[1]));

        await nodes[0].Server.Process.ResumeAsync();
        await world.AppliedAsync();
        await world.NodesShowNewestAsync();
        Assert.Empty(await world.HeldAsync([.. there, .. here]));
        await world.VerdictIsAsync("Converged");
    }

    [Fact]
    public async Task A_slow_link_to_the_nodes_delays_purges_and_stops_none()
    {
        await using var world = await ClusterWorld.OpenAsync(servers);
        string[] keys = [.. Enumerable.Range(0, 20).Select(n => $"product:{n}")];
        await world.FillAsync(keys);
        await world.PurgeAsync("first");
        await world.NodesShowNewestAsync();

        // An answer takes twice this time.
        world.Link.Delay = TimeSpan.FromMilliseconds(300);
        foreach (var key in keys)
            await world.PurgeAsync(key);

        await Eventually.Async(async () => (await world.HeldAsync(keys)).Length == 0);
        await world.AppliedAsync();
        await world.NodesShowNewestAsync();
        Assert.DoesNotContain(world.Agent.Log.Lines, line => line.Contains("does not answer", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_agent_that_takes_over_continues_from_the_nodes_watermarks()
    {
        await using var world = await ClusterWorld.OpenAsync(servers);
        await world.FillAsync("a", "b", "kept");
        await world.PurgeAsync("a");
        await world.NodesShowNewestAsync();
        await world.StopAgentAsync(world.Agent);
        await world.MakeAsync(Batches.Of(1, 2, "b"));

        await world.StartAgentAsync();

        await world.AppliedAsync();
        await world.NodesShowNewestAsync();
        Assert.Equal(["kept"], await world.HeldAsync("a", "b", "kept"));
    }

    internal static async Task<string> TagOnAsync(ClusterWorld world, RedisClusterNode node)
    {
        var slots = await world.Cluster.SlotsOfAsync(node);
        return Enumerable.Range(0, int.MaxValue).Select(n => $"category:{n}")
            .First(tag => slots.Contains(HashSlot.Of(world.Keys.Tag(tag).ToString())));
    }

    /// <summary>Fills and purges keys on all nodes until it is canceled; returns the keys.</summary>
    internal static async Task<string[]> PurgeUntilAsync(ClusterWorld world, CancellationToken cancellationToken)
    {
        var keys = new List<string>();
        for (var round = 0; !cancellationToken.IsCancellationRequested; round++)
        {
            string[] some = [.. Enumerable.Range(0, 60).Select(n => $"round:{round}:{n}")];
            foreach (var key in some)
            {
                // A node may be away.
                await Task.WhenAny(world.Cache.StringSetAsync(key, "cached"));
            }

            keys.AddRange(some);
            await world.PurgeAsync(some);
        }

        return [.. keys];
    }
}
