using LastMile.Events.Messages;
using Xunit;

namespace LastMile.Events.EndToEnd.Tests;

/// <summary>Agents that crash, restart and are replaced.</summary>
[Collection<SystemTests>]
public sealed class AgentOutageTests(RunningSystem system)
{
    [Fact]
    public Task Crashed_and_replaced_agents_lose_no_purge_and_raise_no_alert_of_their_own() =>
        Task.WhenAll(AgentCrashesInAnEpisodeAsync(system.Regions[0]), AgentIsReplacedAsync(system.Regions[2]));

    // The restarted agent continues the open episode and applies the purges that it missed. The link stays cut until then.
    private async Task AgentCrashesInAnEpisodeAsync(RunningRegion region)
    {
        var (early, late) = (system.TakeKeys(20), system.TakeKeys(20));
        await region.FillAsync([.. early.Keys, .. late.Keys]);
        var before = system.Alerts.Of(region.Name).Count;

        region.Link.Cut();
        await system.ChangeAsync(early.Ids);
        await system.Alerts.NewestIsAsync<ReplicaLagDetected>(region.Name);
        await region.GoneAsync(early.Keys);
        await region.Agent.KillAsync();
        await system.ChangeAsync(late.Ids);
        await region.Agent.StartAsync();
        await region.GoneAsync(late.Keys);
        region.Link.Mend();

        await system.Alerts.OneEpisodeAsync(region.Name, before);
        await region.IsHealthyAsync();
    }

    // The second agent stands by, takes over, and is then replaced by the first. No alert is raised.
    private async Task AgentIsReplacedAsync(RunningRegion region)
    {
        var before = system.Alerts.Of(region.Name).Count;
        var second = await system.System.StartAgentAsync(
            region.Region, $"agent-{region.Name}-2", cancellationToken: TestContext.Current.CancellationToken);
        await using (second.Process)
        {
            await system.PurgesArriveAsync(region);
            Assert.Equal((true, false), (await region.AgentIsActiveAsync(), await RunningRegion.IsActiveAsync(second)));
            await region.Agent.KillAsync();
            await system.PurgesArriveAsync(region);
            await region.Agent.StartAsync();
            await system.PurgesArriveAsync(region);
        }

        await system.PurgesArriveAsync(region);
        await region.IsHealthyAsync();
        await system.Alerts.NoneSinceAsync(region.Name, before);
    }
}
