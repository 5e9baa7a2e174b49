using LastMile.Events.Hosting;
using Microsoft.Extensions.Time.Testing;
using StackExchange.Redis;
using Xunit;

namespace Invalidator.Tests;

public sealed class OutageTests
{
    private readonly FakeTimeProvider time = new();
    private readonly List<string> lines = [];
    private readonly Outage outage;

    public OutageTests() => outage = new Outage(
        time, reason => lines.Add("begins: " + reason), lasted => lines.Add($"ends after {lasted.TotalSeconds} s"));

    [Fact]
    public void An_outage_is_reported_once_when_it_begins_and_once_when_it_ends()
    {
        outage.Succeeded();
        for (var attempt = 0; attempt < 32; attempt++)
        {
            outage.Failed(new TimeoutException($"No answer to attempt {attempt}"));
            time.Advance(TimeSpan.FromSeconds(1));
        }

        outage.Succeeded();
        outage.Succeeded();
        outage.Failed(new InvalidOperationException("Refused."));

        Assert.Equal(["begins: No answer to attempt 0.", "ends after 32 s", "begins: Refused."], lines);
    }

    [Fact]
    public async Task A_retry_pipeline_reports_its_attempts_to_the_outage_except_known_failures()
    {
        var attempt = 0;
        var retry = Retry.Forever(TimeProvider.System, outage, isKnown: failure => failure is TimeoutException);

        await retry.ExecuteAsync(
            _ => ++attempt switch
            {
                1 => throw new TimeoutException("known"),
                2 => throw new InvalidOperationException("first"),
                3 => throw new InvalidOperationException("second"),
                _ => ValueTask.CompletedTask,
            },
            TestContext.Current.CancellationToken);

        Assert.Equal(["begins: first.", "ends after 0 s"], lines);
    }

    [Theory]
    [InlineData(
        "No connection is active/available to service this operation: UNLINK product:7; Connection refused, "
        + "mc: 1/1/0, clientName: host(SE.Redis-v3.4.35), IOCP: (Busy=0,Free=1000,Min=1,Max=1000), v: 3.4.35",
        "No connection is active/available to service this operation: UNLINK product:7; Connection refused.")]
    [InlineData(
        "UnableToConnect on 127.0.0.1:6379/Interactive, Initializing/NotStarted, last: NONE, origin: BeginConnectAsync, "
        + "outstanding: 0, last-read: 0s ago, v: 3.4.35",
        "UnableToConnect on 127.0.0.1:6379/Interactive.")]
    [InlineData(
        "The message timed out in the backlog attempting to send because no connection became available, "
        + "command=EVALSHA, timeout: 5000, inst: 0, qu: 0 "
        + "(Please take a look at this article for some common client-side issues that can cause timeouts: https://example)",
        "The message timed out in the backlog attempting to send because no connection became available.")]
    [InlineData(
        "It was not possible to connect to the redis server(s). "
        + "There was an authentication failure; check that passwords are right: (RedisServerException) NOAUTH Authentication required.",
        "It was not possible to connect to the redis server(s). "
        + "There was an authentication failure; check that passwords are right: (RedisServerException) NOAUTH Authentication required.")]
    public void A_reason_omits_the_internal_state_of_the_Redis_client(string message, string reason)
    {
        var failure = new RedisConnectionException(ConnectionFailureType.UnableToConnect, CommandFlags.None, message);

        Assert.Equal(reason, new InvalidOperationException("outer", failure).Reason());
    }

    [Fact]
    public void Other_failures_keep_their_message() =>
        Assert.Equal("OOM command not allowed, used: 3.", new InvalidOperationException("OOM command not allowed, used: 3").Reason());
}
