using LastMile.Events.Caching.Region;
using LastMile.Events.Testing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using StackExchange.Redis;
using Xunit;

namespace Caching.Tests;

/// <summary>Tests what a read logs about a region's Redis that does not answer it.</summary>
public sealed class RegionCallsTests : IDisposable
{
    private readonly WarningRecorder log = new();
    private readonly FakeTimeProvider time = new();
    private readonly ILoggerFactory loggers;
    private readonly RegionCalls calls;

    public RegionCallsTests()
    {
        loggers = LoggerFactory.Create(logging => logging.AddProvider(log));
        var connection = new RegionConnection(ConfigurationOptions.Parse("127.0.0.1:1"));
        calls = new RegionCalls(connection, time, loggers.CreateLogger<RegionCalls>());
    }

    public void Dispose() => loggers.Dispose();

    [Fact]
    public async Task A_server_that_answers_only_some_calls_is_logged_once_a_minute()
    {
        for (var call = 0; call < 100; call++)
        {
            Assert.False((await calls.TryAsync(TimeoutAsync)).Answered);
            Assert.True((await calls.TryAsync(() => Task.FromResult(1))).Answered);
        }

        Assert.Single(log.Warnings);

        time.Advance(TimeSpan.FromMinutes(1));
        await calls.TryAsync(TimeoutAsync);

        Assert.Equal(2, log.Warnings.Count);
    }

    private static Task<int> TimeoutAsync() => Task.FromException<int>(new TimeoutException("no answer"));
}
