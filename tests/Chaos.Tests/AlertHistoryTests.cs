using System.Text.Json;
using LastMile.Events.Chaos.Oracle;
using Xunit;

namespace Chaos.Tests;

public sealed class AlertHistoryTests
{
    private readonly AlertHistory book = new();
    private readonly Guid episode = Guid.NewGuid();

    [Fact]
    public void An_episode_that_is_told_once_and_recovers_is_right()
    {
        Hear(AlertHistory.Detected, "Warning");
        Assert.Equal(["ams"], book.Open());
        Hear(AlertHistory.Detected, "Critical");
        Hear(AlertHistory.Recovered);

        Assert.Empty(book.Open());
        Assert.Empty(book.Faults());
        Assert.Equal((1, 1), (book.Count, book.Of("ams")));
    }

    [Fact]
    public void An_alert_that_is_sent_twice_is_a_fault()
    {
        Hear(AlertHistory.Detected, "Warning");
        Hear(AlertHistory.Detected, "Warning");

        Assert.Contains("ReplicaLagDetected Warning was told 2 times", Assert.Single(book.Faults()), StringComparison.Ordinal);
    }

    [Fact]
    public void An_alert_that_the_broker_delivers_twice_is_none()
    {
        var message = Guid.NewGuid();
        Hear(AlertHistory.Detected, "Warning", message);
        Hear(AlertHistory.Detected, "Warning", message);

        Assert.Empty(book.Faults());
    }

    [Fact]
    public void A_recovery_from_nothing_is_a_fault()
    {
        Hear(AlertHistory.Recovered);

        Assert.Contains("never told", Assert.Single(book.Faults()), StringComparison.Ordinal);
    }

    private void Hear(string type, string severity = "", Guid? message = null) => book.Received(type, JsonSerializer.SerializeToElement(
        new { messageId = message ?? Guid.NewGuid(), message = new { episode, region = "ams", severity } }));
}
