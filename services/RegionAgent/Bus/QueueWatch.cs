using LastMile.Events.RegionAgent.Leadership;
using MassTransit;

namespace LastMile.Events.RegionAgent.Bus;

/// <summary>Reports that the agent has lost its consumer of the region's queue, so that it does not have to wait for a silence.</summary>
internal sealed class QueueWatch(LeadershipState leadership) : IReceiveEndpointObserver
{
    // Nothing is known until a message arrives: another agent may be the active consumer.
    public Task Ready(ReceiveEndpointReady ready) => Task.CompletedTask;

    public Task Stopping(ReceiveEndpointStopping stopping) => Task.CompletedTask;

    public Task Completed(ReceiveEndpointCompleted completed) => Lost();

    public Task Faulted(ReceiveEndpointFaulted faulted) => Lost();

    private Task Lost()
    {
        leadership.QueueLost();
        return Task.CompletedTask;
    }
}
