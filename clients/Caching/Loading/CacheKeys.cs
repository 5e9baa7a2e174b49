using System.Buffers;
using System.Collections.Concurrent;
using System.Text;
using LastMile.Events.Redis;
using Microsoft.Extensions.Logging;

namespace LastMile.Events.Caching.Loading;

/// <summary>
/// Decides which keys are cached, and logs each reason why one is not. It logs each reason once, not for each read. Thread-safe.
/// </summary>
internal sealed partial class CacheKeys(EntryDefaults defaults, RedisKeys keys, ILogger<CacheKeys> logger)
{
    private readonly ConcurrentDictionary<string, bool> logged = new(StringComparer.Ordinal);

    /// <summary>Returns whether values of a key may be kept.</summary>
    public bool IsValid(string? key)
    {
        if (Problem(key) is not { } problem)
            return true;
        if (logged.TryAdd(problem, true))
            Log.NotCached(logger, problem);
        return false;
    }

    private string? Problem(string? key)
    {
        if (string.IsNullOrWhiteSpace(key))
            return "it is empty";
        if (key.Length > defaults.MaximumKeyLength)
            return $"it has more than {defaults.MaximumKeyLength} characters, which is HybridCacheOptions.MaximumKeyLength";
        if (key.AsSpan().IndexOfAnyInRange((char)0, (char)31) >= 0)
            return "it contains a control character";
        if (keys.IsReserved(key))
            return $"it begins with {keys.Prefix}, which is reserved for LastMile's own names";
        // Redis would hold another key, with a replacement character.
        return IsWellFormed(key) ? null : "it is not valid Unicode";
    }

    private static bool IsWellFormed(ReadOnlySpan<char> text)
    {
        if (Ascii.IsValid(text))
            return true;
        while (!text.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(text, out _, out var consumed) != OperationStatus.Done)
                return false;
            text = text[consumed..];
        }

        return true;
    }

    private static partial class Log
    {
        // Keys may contain personal data, so the message does not name the key.
        [LoggerMessage(Level = LogLevel.Warning, Message = "A key is not cached because {Reason}. Each read loads its value. "
            + "Further keys of this kind are not logged")]
        public static partial void NotCached(ILogger logger, string reason);
    }
}
