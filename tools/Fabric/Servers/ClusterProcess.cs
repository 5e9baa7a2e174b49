namespace LastMile.Events.Fabric;

/// <summary>All nodes of a cluster as one process.</summary>
/// <param name="name">The name in messages.</param>
/// <param name="cluster">The cluster.</param>
internal sealed class ClusterProcess(string name, RedisClusterServers cluster) : IServerProcess
{
    public string Name => name;

    public Task KillAsync() => ForEachAsync(node => node.KillAsync());

    public Task StopAsync() => ForEachAsync(node => node.StopAsync());

    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        await ForEachAsync(node => node.StartAsync(cancellationToken));
        await cluster.WaitUntilHealthyAsync();
    }

    public Task PauseAsync() => ForEachAsync(node => node.PauseAsync());

    public async Task ResumeAsync()
    {
        await ForEachAsync(node => node.ResumeAsync());
        await cluster.WaitUntilHealthyAsync();
    }

    public ValueTask DisposeAsync() => cluster.DisposeAsync();

    private Task ForEachAsync(Func<IServerProcess, Task> action) =>
        Task.WhenAll(cluster.Nodes.Select(node => action(node.Server.Process)).ToArray());
}
