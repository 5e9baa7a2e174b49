using LastMile.Events.Redis;

namespace LastMile.Events.RegionAgent.Configuration;

/// <summary>A lineage that the agent serves: an entry of <c>Region:Lineages</c>.</summary>
internal sealed class LineageOptions
{
    /// <summary>The lineage's name: <c>Invalidator:Lineage</c> of its database. Default <c>main</c>.</summary>
    public string Name { get; set; } = RedisKeys.DefaultLineage;

    /// <summary>
    /// The address of the Invalidators' HTTP API, such as <c>https://invalidator.example</c>. Default none: the agent reads the purge log
    /// over the bus only.
    /// </summary>
    public string? LogAddress { get; set; }

    /// <summary>An API key with the scope <c>log</c>. Default none.</summary>
    public string? LogApiKey { get; set; }
}
