using LastMile.Events.Invalidator.Changes;
using LastMile.Events.Messages;
using Xunit;

namespace Invalidator.Tests;

public sealed class PurgeOriginsTests
{
    private const string Trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    [Theory]
    [InlineData(Trace, "user:42", Trace, "user:42")]
    [InlineData(Trace, null, Trace, null)]
    [InlineData(null, "user:42", null, "user:42")]
    [InlineData("no trace", "user:42", null, "user:42")]
    [InlineData("00-00000000000000000000000000000000-0000000000000000-00-and-so-on", "user:42", null, "user:42")]
    [InlineData("0-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01--", "user:42", null, "user:42")]
    [InlineData(
        "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-later", null,
        "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", null)]
    [InlineData(Trace, "", Trace, null)]
    [InlineData(null, "a\0b\nc", null, "a\ufffdb\ufffdc")]
    public void A_valid_trace_or_actor_is_kept(string? traceParent, string? actor, string? keptTrace, string? keptActor)
    {
        var origins = new PurgeOrigins();

        origins.Add(traceParent, actor);

        Assert.Equal([new ChangeOrigin(keptTrace, keptActor)], origins.All);
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("", "")]
    [InlineData("no trace", null)]
    public void An_origin_without_valid_values_is_skipped(string? traceParent, string? actor)
    {
        var origins = new PurgeOrigins();

        origins.Add(traceParent, actor);

        Assert.Empty(origins.All);
    }

    [Fact]
    public void A_long_actor_is_truncated()
    {
        var origins = new PurgeOrigins();

        origins.Add(null, new string('x', 1_000_000));
        origins.Add(null, new string('x', 198) + "🛒🛒");
        origins.Add(null, new string('y', 200));

        ChangeOrigin[] kept =
        [
            new(null, new string('x', 199) + "…"),
            new(null, new string('x', 198) + "…"),
            new(null, new string('y', 200)),
        ];
        Assert.Equal(kept, origins.All);
    }

    [Fact]
    public void Origins_are_distinct_and_limited_to_a_hundred()
    {
        var (origins, others) = (new PurgeOrigins(), new PurgeOrigins());
        for (var n = 0; n < 60; n++)
        {
            origins.Add(null, $"a{n}");
            origins.Add(null, $"a{n}");
            others.Add(null, $"b{n}");
        }

        others.Add(null, "a0");
        origins.Add(others);
        for (var n = 0; n < 60; n++)
            origins.Add(null, $"c{n}");

        Assert.Equal(100, origins.All.Count);
        Assert.Equal(60, origins.All.Count(origin => origin.Actor![0] == 'a'));
    }
}
