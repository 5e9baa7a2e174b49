using System.Text.Json;
using LastMile.Events.Chaos.Oracle;
using Xunit;

namespace Chaos.Tests;

public sealed class AlertHistoryTests
{
    private readonly AlertHistory history = new();
    private readonly Guid episode = Guid.NewGuid();

    [Fact]
    public void An_episode_that_is_reported_once_and_recovers_is_valid()
    {
        Receive(AlertHistory.Detected, "Warning");
        Assert.Equal(["ams"], history.Open());
        Receive(AlertHistory.Detected, "Critical");
        Receive(AlertHistory.Recovered);

        Assert.Empty(history.Open());
        Assert.Empty(history.Faults());
        Assert.Equal((1, 1), (history.Count, history.Of("ams")));
    }

    [Fact]
    public void An_alert_that_is_published_twice_is_a_fault()
    {
        Receive(AlertHistory.Detected, "Warning");
        Receive(AlertHistory.Detected, "Warning");

        Assert.Contains("ReplicaLagDetected Warning was published 2 times", Assert.Single(history.Faults()), StringComparison.Ordinal);
    }

    [Fact]
    public void A_redelivered_alert_is_not_a_fault()
    {
        var message = Guid.NewGuid();
        Receive(AlertHistory.Detected, "Warning", message);
        Receive(AlertHistory.Detected, "Warning", message);

        Assert.Empty(history.Faults());
    }

    [Fact]
    public void A_recovery_without_an_alert_is_a_fault()
    {
        Receive(AlertHistory.Recovered);

        Assert.Contains("recovered without an alert", Assert.Single(history.Faults()), StringComparison.Ordinal);
    }

    private void Receive(string type, string severity = "", Guid? message = null) => history.Receive(
        type,
        JsonSerializer.SerializeToElement(new
        {
            messageId = message ?? Guid.NewGuid(),
            message = new { episode, region = "ams", severity },
        }));
}
