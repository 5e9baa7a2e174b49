using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace LastMile.Events.Caching.Region;

/// <summary>
/// Calls the region's Redis, or its primary, on behalf of reads, which must not fail when it does: logs at most one outage a minute, and
/// each kind of rejected command once. Thread-safe.
/// </summary>
/// <param name="connection">The connection to the server.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">The log.</param>
/// <param name="isPrimary">Whether the server is the primary of a region whose Redis is a read-only replica.</param>
internal sealed partial class RegionCalls(
    RegionConnection connection, TimeProvider time, ILogger<RegionCalls> logger, bool isPrimary = false)
{
    // A server that is slow answers some calls and not others.
    private static readonly TimeSpan BetweenOutages = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, bool> rejections = new(StringComparer.Ordinal);
    private readonly Lock gate = new();
    private volatile bool isDown;
    private long? loggedAt;
    private bool isLogged;

    /// <summary>Calls the server.</summary>
    /// <returns>Whether it answered, and the answer.</returns>
    public async Task<(bool Answered, T? Answer)> TryAsync<T>(Func<Task<T>> call)
    {
        try
        {
            var answer = await call().ConfigureAwait(false);
            if (isDown)
                Answers();
            return (true, answer);
        }
        catch (RedisServerException failure) when (IsOutage(failure.Message))
        {
            if (!isDown)
                DoesNotAnswer(failure);
        }
        catch (RedisServerException rejection)
        {
            Rejected(rejection.Message.Split(' ')[0], rejection.Message);
        }
        catch (InvalidDataException outdated)
        {
            Rejected("", outdated.Message);
        }
        catch (Exception failure) when (failure is RedisException or RedisCommandException or TimeoutException or ObjectDisposedException)
        {
            if (!isDown)
                DoesNotAnswer(failure);
        }

        return (false, default);
    }

    // A cluster answers so while a node fails over or slots move.
    private static bool IsOutage(string error) => error.Split(' ')[0] is "MOVED" or "ASK" or "TRYAGAIN" or "CLUSTERDOWN" or "MASTERDOWN";

    private void DoesNotAnswer(Exception failure)
    {
        lock (gate)
        {
            if (isDown)
                return;
            isDown = true;
            isLogged = loggedAt is not { } last || time.GetElapsedTime(last) >= BetweenOutages;
            if (!isLogged)
                return;
            loggedAt = time.GetTimestamp();
            if (isPrimary)
                Log.PrimaryDoesNotAnswer(logger, connection.ToString(), failure.Message);
            else
                Log.DoesNotAnswer(logger, connection.ToString(), failure.Message);
        }
    }

    private void Rejected(string kind, string reason)
    {
        if (!rejections.TryAdd(kind, true))
            return;
        if (isPrimary)
            Log.PrimaryRejected(logger, connection.ToString(), reason);
        else
            Log.Rejected(logger, connection.ToString(), reason);
    }

    private void Answers()
    {
        lock (gate)
        {
            if (isDown && isLogged)
                Log.Answers(logger, connection.ToString());
            isDown = false;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "The region's Redis {Address} does not answer: {Reason} "
            + "Each read loads its value until it does. Check that the server runs")]
        public static partial void DoesNotAnswer(ILogger logger, string address, string reason);

        [LoggerMessage(Level = LogLevel.Warning, Message = "The primary {Address} of the region's Redis does not answer: {Reason} "
            + "Values that the region does not hold are loaded and not stored until it does. Check that the server runs and can be "
            + "reached from here")]
        public static partial void PrimaryDoesNotAnswer(ILogger logger, string address, string reason);

        [LoggerMessage(Level = LogLevel.Information, Message = "The Redis {Address} answers again")]
        public static partial void Answers(ILogger logger, string address);

        [LoggerMessage(Level = LogLevel.Warning, Message = "The region's Redis {Address} rejected a command, and the read loaded its "
            + "value: {Reason}. Check the rights of the application's user, maxmemory, and that the server "
            + "is Redis 7 or later and writable. A read-only replica needs RegionPrimary")]
        public static partial void Rejected(ILogger logger, string address, string reason);

        [LoggerMessage(Level = LogLevel.Warning, Message = "The primary {Address} of the region's Redis can't be used, and the value was "
            + "loaded and not stored: {Reason}. RegionPrimary must be the primary itself, Redis 7 or later and no cluster. Check "
            + "also the rights of the application's user there, and maxmemory")]
        public static partial void PrimaryRejected(ILogger logger, string address, string reason);
    }
}
