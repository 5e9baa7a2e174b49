namespace Storefront.Cache;

/// <summary>Reasons why this region's cache may hold outdated values.</summary>
[Flags]
internal enum DistrustReasons
{
    None = 0,

    /// <summary>Purges are critically late.</summary>
    Late = 1,

    /// <summary>The agent that purges this independent region is silent.</summary>
    AgentSilent = 2,
}

/// <summary>Whether reads may use this region's cache: only while no reason is set. Thread-safe.</summary>
internal sealed partial class RegionTrust(ILogger<RegionTrust> logger)
{
    private readonly Lock gate = new();
    private volatile DistrustReasons reasons;

    public bool Trusted => reasons == DistrustReasons.None;

    /// <summary>Sets or clears one reason.</summary>
    public void Set(DistrustReasons reason, bool holds)
    {
        lock (gate)
        {
            var before = reasons;
            reasons = holds ? before | reason : before & ~reason;
            if (holds && reasons != before)
                Log.Distrusted(logger, reasons);
            else if (Trusted && before != DistrustReasons.None)
                Log.Trusted(logger);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            LogLevel.Warning, "Reading from the database instead of the region's cache ({Reasons}). Expect more load on the database.")]
        public static partial void Distrusted(ILogger logger, DistrustReasons reasons);

        [LoggerMessage(LogLevel.Information, "Serving from the region's cache again.")]
        public static partial void Trusted(ILogger logger);
    }
}
