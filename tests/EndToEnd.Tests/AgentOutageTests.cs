using LastMile.Events.Messages;
using Xunit;

namespace LastMile.Events.EndToEnd.Tests;

/// <summary>Agents that die, come back and are replaced.</summary>
[Collection<SystemTests>]
public sealed class AgentOutageTests(RunningSystem system)
{
    [Fact]
    public Task Agents_that_die_and_are_replaced() =>
        Task.WhenAll(AgentDiesInAnEpisodeAsync(system.Regions[0]), AgentIsReplacedAsync(system.Regions[2]));

    [Fact]
    public async Task A_queue_that_the_broker_knows_and_cannot_serve_is_made_anew_and_costs_no_purge()
    {
        var region = system.Regions[3];
        var (ids, keys) = Keys(5);
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
        await PurgesArriveAsync(region);
        await region.VerdictIsAsync("Converged");
        await broker.Control(["eval", IsFoundAtTheNextStart(queue)]);
    }

    // What is left when the broker is killed just after the queue was deleted and declared anew: known, and nothing on disk.
    private static string LoseReplica(string queue) => $$"""
        Name = '{{queue}}',
        Folder = ra_env:server_data_dir(quorum_queues, ra_directory:uid_of(quorum_queues, Name)),
        ok = ra:stop_server(quorum_queues, {Name, node()}),
        ok = file:del_dir_r(Folder).
        """;

    // By the name the broker finds what it restores.
    private static string IsFoundAtTheNextStart(string queue) =>
        $"Name = '{queue}', Name = ra_directory:name_of(quorum_queues, ra_directory:uid_of(quorum_queues, Name)).";

    // The one that comes back knows of the episode, and purges what it missed; the line is gone all the while.
    private async Task AgentDiesInAnEpisodeAsync(RunningRegion region)
    {
        var (early, late) = (Keys(20), Keys(20));
        await region.FillAsync([.. early.Keys, .. late.Keys]);
        var before = system.Alerts.Of(region.Name).Count;

        region.Link.Cut();
        await system.ChangeAsync(early.Ids);
        await system.Alerts.NewestIsAsync<ReplicaLagDetected>(region.Name);
        await region.GoneInTimeAsync(early.Keys);
        await region.Agent.KillAsync();
        await system.ChangeAsync(late.Ids);
        await region.Agent.StartAsync();
        await region.GoneAsync(late.Keys);
        region.Link.Mend();

        await system.Alerts.OneEpisodeAsync(region.Name, before);
        await region.VerdictIsAsync("Converged");
    }

    // The second one stands by, takes over, and is replaced by the first in turn. Nobody hears of it.
    private async Task AgentIsReplacedAsync(RunningRegion region)
    {
        var before = system.Alerts.Of(region.Name).Count;
        var second = await system.System.StartAgentAsync(region.Region, $"agent-{region.Name}-2", cancellationToken: TestContext.Current.CancellationToken);
        await using (second.Process)
        {
            await PurgesArriveAsync(region);
            Assert.Equal((true, false), (await region.AgentWorksAsync(), await RunningRegion.WorksAsync(second)));
            await region.Agent.KillAsync();
            await PurgesArriveAsync(region);
            await region.Agent.StartAsync();
            await PurgesArriveAsync(region);
        }

        await PurgesArriveAsync(region);
        await region.VerdictIsAsync("Converged");
        await system.Alerts.NoneSinceAsync(region.Name, before);
    }

    private async Task PurgesArriveAsync(RunningRegion region)
    {
        var (ids, keys) = Keys(20);
        await region.FillAsync(keys);
        await system.ChangeAsync(ids);
        await region.GoneAsync(keys);
    }

    private (int[] Ids, string[] Keys) Keys(int count)
    {
        var ids = system.Take(count);
        return (ids, Array.ConvertAll(ids, id => $"product:{id}"));
    }
}
