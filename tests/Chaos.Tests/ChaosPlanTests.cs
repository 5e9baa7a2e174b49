using LastMile.Events.Chaos.Faults;
using LastMile.Events.Chaos.Plan;
using Xunit;

namespace Chaos.Tests;

public sealed class ChaosPlanTests
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    [Fact]
    public void The_same_seed_produces_the_same_faults() => Assert.Equal(Rounds(7, 50), Rounds(7, 50));

    [Fact]
    public void A_different_seed_produces_different_faults() => Assert.NotEqual(Rounds(7, 50), Rounds(8, 50));

    [Fact]
    public void Every_kind_occurs_once_before_any_repeats()
    {
        var plan = Plan(3);
        var kinds = Enumerable.Range(0, 200)
            .SelectMany(_ => plan.NextRound())
            .Select(fault => fault.Kind.Name)
            .Take(FaultCatalog.All.Count);

        Assert.Equal(FaultCatalog.All.Select(kind => kind.Name).Order(), kinds.Order());
    }

    [Fact]
    public void Concurrent_faults_break_different_parts_and_respect_the_longest_duration()
    {
        var plan = Plan(5);
        for (var round = 0; round < 500; round++)
        {
            var faults = plan.NextRound();
            Assert.InRange(faults.Count, 1, 2);
            Assert.Equal(faults.Count, faults.Select(fault => fault.Broken).Distinct().Count());
            Assert.All(faults, fault => Assert.InRange(fault.Lasting, TimeSpan.Zero, Longest));
        }
    }

    private static List<string> Rounds(int seed, int count)
    {
        var plan = Plan(seed);
        return [.. Enumerable.Range(0, count).Select(_ => string.Join("; ", plan.NextRound()))];
    }

    private static ChaosPlan Plan(int seed) =>
        new(seed, FaultCatalog.All, ["invalidator", "invalidator-2"], ["ams", "syd", "gru"], Longest);
}
