using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace LastMile.Events.Caching.Region;

/// <summary>
/// Calls the region's Redis on behalf of reads, which must not fail when it does: logs at most one outage a minute, and each kind of
/// rejected command once. Thread-safe.
/// </summary>
internal sealed partial class RegionCalls(RegionConnection connection, TimeProvider time, ILogger<RegionCalls> logger)
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
            var kind = rejection.Message.Split(' ')[0];
            if (rejections.TryAdd(kind, true))
                Log.Rejected(logger, connection.ToString(), rejection.Message);
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
            Log.DoesNotAnswer(logger, connection.ToString(), failure.Message);
        }
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

        [LoggerMessage(Level = LogLevel.Information, Message = "The region's Redis {Address} answers again")]
        public static partial void Answers(ILogger logger, string address);

        [LoggerMessage(Level = LogLevel.Warning, Message = "The region's Redis {Address} rejected a command, and the read loaded its "
            + "value: {Reason}. Check the rights of the application's user, maxmemory, and that the server "
            + "is Redis 7 or later and writable")]
        public static partial void Rejected(ILogger logger, string address, string reason);
    }
}
