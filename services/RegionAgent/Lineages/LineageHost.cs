namespace LastMile.Events.RegionAgent.Lineages;

/// <summary>Starts and stops the workers of all lineages. A worker that fails stops the agent, as a worker of the host does.</summary>
internal sealed class LineageHost(RegionLineages lineages) : BackgroundService
{
    private readonly IReadOnlyList<IHostedService> workers = [.. lineages.All.SelectMany(lineage => lineage.Workers)];

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var worker in workers)
            await worker.StartAsync(cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        foreach (var worker in workers.Reverse())
            await worker.StopAsync(cancellationToken);
        await base.StopAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var running = workers.OfType<BackgroundService>().Select(worker => worker.ExecuteTask).OfType<Task>();
        await foreach (var ended in Task.WhenEach(running).WithCancellation(stoppingToken))
        {
            if (!ended.IsCanceled)
                await ended;
        }
    }
}
