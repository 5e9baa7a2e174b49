namespace Storefront.Cache;

/// <summary>Why this region's cache may hold what was changed long ago.</summary>
[Flags]
internal enum DistrustReasons
{
    None = 0,

    /// <summary>Its purges are critically late.</summary>
    Late = 1,

    /// <summary>The agent that purges it is not heard.</summary>
    Unheard = 2,
}

/// <summary>Whether this region's cache may be served from: not while there is any doubt. Thread-safe.</summary>
internal sealed partial class RegionTrust(ILogger<RegionTrust> logger)
{
    private readonly Lock gate = new();
    private volatile DistrustReasons doubts;

    public bool Trusted => doubts == DistrustReasons.None;

    /// <summary>Says of one doubt whether it holds.</summary>
    public void Set(DistrustReasons doubt, bool holds)
    {
        lock (gate)
        {
            var before = doubts;
            doubts = holds ? before | doubt : before & ~doubt;
            if (holds && doubts != before)
                Log.Distrusted(logger, doubts);
            else if (Trusted && before != DistrustReasons.None)
                Log.Trusted(logger);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "Reading from the database, not from the region's cache ({Reasons}): expect more load there.")]
        public static partial void Distrusted(ILogger logger, DistrustReasons doubts);

        [LoggerMessage(LogLevel.Information, "Serving from the region's cache again.")]
        public static partial void Trusted(ILogger logger);
    }
}
