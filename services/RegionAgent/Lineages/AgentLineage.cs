namespace LastMile.Events.RegionAgent.Lineages;

/// <summary>One lineage of the agent, with its own ledger, observed state, verdict, alerts and repair.</summary>
/// <param name="name">The lineage's name.</param>
/// <param name="services">The lineage's services, and those that all lineages share.</param>
internal sealed class AgentLineage(string name, ServiceProvider services) : IAsyncDisposable
{
    /// <summary>The lineage's name.</summary>
    public string Name => name;

    /// <summary>The lineage's workers, in the order in which they start.</summary>
    public IEnumerable<IHostedService> Workers => services.GetServices<IHostedService>();

    /// <summary>Returns a part of the lineage.</summary>
    /// <typeparam name="T">The part, such as the ledger.</typeparam>
    public T Get<T>()
        where T : notnull => services.GetRequiredService<T>();

    public ValueTask DisposeAsync() => services.DisposeAsync();
}
