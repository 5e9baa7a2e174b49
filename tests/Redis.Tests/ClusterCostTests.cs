using System.Diagnostics;
using System.Globalization;
using LastMile.Events.Fabric;
using LastMile.Events.Redis;
using LastMile.Events.Testing;
using StackExchange.Redis;
using Xunit;

namespace Redis.Tests;

/// <summary>
/// Measures the ways to purge and to publish in a cluster (docs/adr/0020-clusters.md). Run it alone with <c>-explicit only</c>.
/// </summary>
public sealed class ClusterCostTests(SharedServers servers, ITestOutputHelper output)
{
    private const int Names = 5_000;
    private const int Rounds = 9;
    private const string DropHere = "local n = 0 for _, key in ipairs(ARGV) do n = n + redis.call('UNLINK', key) end return n";
    private const string DropSlot = "return redis.call('UNLINK', unpack(KEYS))";

    [Fact(Explicit = true)]
    public async Task Ways_to_purge()
    {
        await using var cluster = await servers.StartRedisClusterAsync();
        await using var client = await ConnectionMultiplexer.ConnectAsync(cluster.Endpoint + ",allowAdmin=true");
        var database = client.GetDatabase();
        string[] names = [.. Enumerable.Range(0, Names).Select(n => $"product:{n}")];
        var byNode = names.GroupBy(name => client.GetServers().Single(server => !server.IsReplica
            && server.ClusterConfiguration!.GetBySlot(name)!.EndPoint!.Equals(server.EndPoint))).ToList();
        var purge = new ClusterPurge(database, new RedisKeys());
        var sequence = 0;

        await MeasureAsync(cluster, "one UNLINK for each key", FillAsync, () => Task.WhenAll(names.Select(purge.DropAsync)));
        await MeasureAsync(cluster, "one script for each slot", FillAsync, () => Task.WhenAll(
            names.GroupBy(HashSlot.Of).Select(slot => database.ScriptEvaluateAsync(DropSlot, [.. slot.Select(name => (RedisKey)name)]))));
        await MeasureAsync(cluster, "one script for each node", FillAsync, () => Task.WhenAll(
            byNode.Select(node => node.Key.ExecuteAsync("EVAL", [DropHere, 0, .. node], CommandFlags.NoRedirect))));
        await MeasureAsync(cluster, "one renewal for each tag", () => Task.CompletedTask, () =>
        {
            sequence++;
            return Task.WhenAll(names.Select(name => purge.RenewAsync(name, new Watermark(1, sequence))));
        });

        Task FillAsync() => Task.WhenAll(names.Select(name => database.StringSetAsync(name, "cached")));
    }

    [Fact(Explicit = true)]
    public async Task A_single_server()
    {
        var redis = await servers.StartRedisAsync(RedisRole.Region);
        await using var client = await ConnectionMultiplexer.ConnectAsync(redis.Endpoint + ",allowAdmin=true");
        var database = client.GetDatabase();
        string[] names = [.. Enumerable.Range(0, Names).Select(n => $"product:{n}")];
        var (script, sequence) = (new ApplyScript(database, new RedisKeys()), 0);
        var times = new List<double>();
        for (var round = 0; round < Rounds; round++)
        {
            await Task.WhenAll(names.Select(name => database.StringSetAsync(name, "cached")));
            var began = Stopwatch.GetTimestamp();
            await script.ApplyAsync(new Watermark(1, ++sequence), names, []);
            times.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }

        Write("one script on a single server", times, 0);
    }

    [Fact(Explicit = true)]
    public async Task Ways_to_publish()
    {
        await using var cluster = await servers.StartRedisClusterAsync();
        var message = new byte[80];
        var primaries = await cluster.PrimariesAsync();
        await using var client = await ConnectionMultiplexer.ConnectAsync(cluster.Endpoint + ",allowAdmin=true");
        var nodes = new List<(IServer Server, string Channel)>();
        foreach (var node in primaries)
        {
            var tag = HashSlot.TagOf((await cluster.SlotsOfAsync(node)).Min());
            nodes.Add((client.GetServers().Single(server => server.EndPoint.ToString() == node.Server.Endpoint), $"purged:{{{tag}}}"));
        }

        // A subscriber on each node, which has a connection of its own to that node.
        foreach (var isSharded in (bool[])[true, false])
        {
            using var heard = new SemaphoreSlim(0);
            var clients = new List<ConnectionMultiplexer>();
            foreach (var (_, channel) in nodes)
            {
                var one = await ConnectionMultiplexer.ConnectAsync(cluster.Endpoint);
                clients.Add(one);
                await one.GetSubscriber().SubscribeAsync(
                    isSharded ? RedisChannel.Sharded(channel) : RedisChannel.Literal(channel), (_, _) => heard.Release());
            }

            var before = await BusMessagesAsync(primaries);
            var times = new List<double>();
            for (var round = 0; round < 300; round++)
            {
                var began = Stopwatch.GetTimestamp();
                await Task.WhenAll(nodes.Select(node => (isSharded ? node.Server : nodes[0].Server).ExecuteAsync(
                    isSharded ? "SPUBLISH" : "PUBLISH", [node.Channel, message], CommandFlags.NoRedirect)));
                for (var subscriber = 0; subscriber < nodes.Count; subscriber++)
                    Assert.True(await heard.WaitAsync(TimeSpan.FromSeconds(5)));
                times.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            }

            Write(isSharded ? "SPUBLISH on each node" : "PUBLISH of the same on one node", times, 0);
            output.WriteLine($"  messages on the cluster bus per round: {(await BusMessagesAsync(primaries) - before) / 300.0:0.0}");
            foreach (var one in clients)
                await one.DisposeAsync();
        }
    }

    private static async Task<long> BusMessagesAsync(IEnumerable<RedisClusterNode> nodes)
    {
        var sum = 0L;
        foreach (var node in nodes)
        {
            var info = (string)(await node.SendAsync("CLUSTER", "INFO"))!;
            sum += info.Split("\r\n")
                .Where(line => line.StartsWith("cluster_stats_messages_publish", StringComparison.Ordinal)
                    && line.Contains("_sent:", StringComparison.Ordinal))
                .Sum(line => long.Parse(line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..], CultureInfo.InvariantCulture));
        }

        return sum;
    }

    private async Task MeasureAsync(RedisClusterServers cluster, string way, Func<Task> prepare, Func<Task> work)
    {
        var times = new List<double>();
        var cpu = 0.0;
        for (var round = 0; round < Rounds; round++)
        {
            await prepare();
            var before = await CpuAsync(cluster);
            var began = Stopwatch.GetTimestamp();
            await work();
            times.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            cpu += await CpuAsync(cluster) - before;
        }

        Write(way, times, cpu / Rounds);
    }

    // Of the primaries, in milliseconds.
    private static async Task<double> CpuAsync(RedisClusterServers cluster)
    {
        var sum = 0.0;
        foreach (var node in await cluster.PrimariesAsync())
        {
            sum += (await node.InfoAsync("cpu")).Split("\r\n")
                .Where(line => line.StartsWith("used_cpu_sys:", StringComparison.Ordinal)
                    || line.StartsWith("used_cpu_user:", StringComparison.Ordinal))
                .Sum(line => double.Parse(line.Split(':')[1], CultureInfo.InvariantCulture)) * 1_000;
        }

        return sum;
    }

    private void Write(string way, List<double> times, double cpu)
    {
        times.Sort();
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{way}: median {times[times.Count / 2]:0.00} ms, slowest {times[^1]:0.00} ms, servers' CPU {cpu:0.0} ms"));
    }
}
