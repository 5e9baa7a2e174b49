using LastMile.Events.Testing;
using Xunit;

namespace LastMile.Events.EndToEnd.Tests;

/// <summary>A region's queue that the broker knows but cannot serve.</summary>
[Long]
[Collection<OutageTests>]
public sealed class BrokenQueueTests(BreakableSystem system)
{
    [Fact]
    public async Task A_queue_that_the_broker_cannot_serve_is_recreated_and_loses_no_purge()
    {
        var region = system.Regions[3];
        var (ids, keys) = system.TakeKeys(5);
        await region.FillAsync(keys);

        await region.Agent.StopAsync();
        var broker = system.System.Servers.RabbitMq;
        var queue = $"%2F_lastmile.region.{region.Name}";
        await broker.Control(["eval", LoseReplica(queue)]);
        await broker.Process.StopAsync();
        await broker.Process.StartAsync();
        await system.ChangeAsync(ids);
        await region.Agent.StartAsync();

        await region.GoneAsync(keys);
        await system.PurgesArriveAsync(region);
        await region.IsHealthyAsync();
        await broker.Control(["eval", AssertFoundAtNextStart(queue)]);
    }

    // Reproduces a broker killed just after the queue was deleted and redeclared: it knows the queue but has no data of it on disk.
    private static string LoseReplica(string queue) => $$"""
        Name = '{{queue}}',
        Folder = ra_env:server_data_dir(quorum_queues, ra_directory:uid_of(quorum_queues, Name)),
        ok = ra:stop_server(quorum_queues, {Name, node()}),
        ok = file:del_dir_r(Folder).
        """;

    // The broker restores a queue at its start by looking up this name.
    private static string AssertFoundAtNextStart(string queue) =>
        $"Name = '{queue}', Name = ra_directory:name_of(quorum_queues, ra_directory:uid_of(quorum_queues, Name)).";
}
