namespace Storefront.Cache;

/// <summary>Why this region's cache may hold what was changed long ago.</summary>
[Flags]
internal enum Doubts
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
    private volatile Doubts doubts;

    public bool Trusted => doubts == Doubts.None;

    /// <summary>Says of one doubt whether it holds.</summary>
    public void Set(Doubts doubt, bool holds)
    {
        lock (gate)
        {
            var before = doubts;
            doubts = holds ? before | doubt : before & ~doubt;
            if (holds && doubts != before)
                Log.Doubted(logger, doubts);
            else if (Trusted && before != Doubts.None)
                Log.Trusted(logger);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "Reading from the database, not from the region's cache ({Doubts}): expect more load there.")]
        public static partial void Doubted(ILogger logger, Doubts doubts);

        [LoggerMessage(LogLevel.Information, "Serving from the region's cache again.")]
        public static partial void Trusted(ILogger logger);
    }
}
