namespace LastMile.Events.RegionAgent.Lineages;

/// <summary>Adds the lineage's name to the category of each log message, because several lineages share one log.</summary>
internal sealed class LineageLoggers(ILoggerFactory shared, string lineage) : ILoggerFactory
{
    public ILogger CreateLogger(string categoryName) => shared.CreateLogger($"{categoryName} ({lineage})");

    public void AddProvider(ILoggerProvider provider) => shared.AddProvider(provider);

    public void Dispose()
    {
        // The host disposes the shared factory.
    }
}
