namespace LastMile.Events.RegionAgent.Lineages;

/// <summary>Adds the lineage to the categories of log messages, so that the messages of several lineages can be told apart.</summary>
internal sealed class LineageLoggers(ILoggerFactory shared, string lineage) : ILoggerFactory
{
    public ILogger CreateLogger(string categoryName) => shared.CreateLogger($"{categoryName} ({lineage})");

    public void AddProvider(ILoggerProvider provider) => shared.AddProvider(provider);

    public void Dispose()
    {
        // The host disposes the shared factory.
    }
}
