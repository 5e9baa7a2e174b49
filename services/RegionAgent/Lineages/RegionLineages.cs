namespace LastMile.Events.RegionAgent.Lineages;

/// <summary>The lineages that the agent serves.</summary>
internal sealed class RegionLineages(IReadOnlyList<AgentLineage> lineages, UnknownLineages unknown) : IAsyncDisposable
{
    /// <summary>The lineages, in the order of <c>Region:Lineages</c>.</summary>
    public IReadOnlyList<AgentLineage> All => lineages;

    /// <summary>Returns the lineage of a message; null, after reporting it, when the agent does not serve the lineage.</summary>
    /// <param name="name">The name in the message.</param>
    public AgentLineage? OfMessage(string name)
    {
        foreach (var lineage in lineages)
        {
            if (lineage.Name == name)
                return lineage;
        }

        unknown.Refuse(name);
        return null;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var lineage in lineages)
            await lineage.DisposeAsync();
    }
}
