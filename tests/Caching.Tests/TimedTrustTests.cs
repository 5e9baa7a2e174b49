using LastMile.Events.Caching.Timing;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Caching.Tests;

/// <summary>Tests how long a proof is trusted, by the clock that reads from memory use.</summary>
public sealed class TimedTrustTests
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(2);

    private readonly FakeTimeProvider time = new();

    [Fact]
    public void A_proof_counts_from_its_request_and_not_from_its_arrival()
    {
        var trust = new TimedTrust(time, Lifetime);
        var requestedAt = time.GetTimestamp();
        time.Advance(TimeSpan.FromSeconds(1.5));

        trust.Prove(requestedAt);

        Assert.InRange(trust.EndsAt - CoarseClock.Now, 1, 500);
    }

    [Fact]
    public void A_proof_that_arrives_after_its_lifetime_proves_nothing()
    {
        var trust = new TimedTrust(time, Lifetime);
        var requestedAt = time.GetTimestamp();
        time.Advance(Lifetime);

        trust.Prove(requestedAt);

        Assert.False(trust.Holds);
        Assert.True(trust.EndsAt < CoarseClock.Now);
    }

    [Fact]
    public void An_ended_trust_does_not_hold()
    {
        var trust = new TimedTrust(time, Lifetime);
        trust.Prove(time.GetTimestamp());

        trust.End();

        Assert.False(trust.Holds);
        Assert.True(trust.EndsAt < CoarseClock.Now);
    }
}
