using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LastMile.Events.Caching.Loading;

/// <summary>Rejects values that are larger than <see cref="HybridCacheOptions.MaximumPayloadBytes"/>, and logs them. Thread-safe.</summary>
internal sealed partial class PayloadLimit(IOptions<HybridCacheOptions> hybrid, ILogger<PayloadLimit> logger)
{
    private readonly long maximum = hybrid.Value.MaximumPayloadBytes;

    /// <summary>Returns whether a value may be kept.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="bytes">The length of the serialized value.</param>
    public bool Allows(string key, int bytes)
    {
        if (bytes <= maximum)
            return true;
        Log.TooLarge(logger, key, bytes, maximum);
        return false;
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "The value of {Key} has {Bytes} bytes and is not cached: "
            + "HybridCacheOptions.MaximumPayloadBytes is {Maximum}")]
        public static partial void TooLarge(ILogger logger, string key, int bytes, long maximum);
    }
}
