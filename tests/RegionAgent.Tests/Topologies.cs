using System.Reflection;
using Xunit;
using Xunit.Sdk;
using Xunit.v3;

namespace RegionAgent.Tests;

/// <summary>A topology: how purges reach a region, the region's server, and the databases that it serves.</summary>
public enum Kind
{
    /// <summary>A writable replica of the primary.</summary>
    Replicated,

    /// <summary>A replica that also serves a second database, which purges throughout the test.</summary>
    ReplicatedTwoLineages,

    /// <summary>A replica that refuses writes. Applications fill the primary.</summary>
    ReadOnly,

    /// <summary>A Redis of its own. No primary runs.</summary>
    Independent,

    /// <summary>A Redis of its own that also serves a second database, which purges throughout the test.</summary>
    IndependentTwoLineages,

    /// <summary>Independent, and a Redis Cluster.</summary>
    Cluster,

    /// <summary>Independent, and a Garnet.</summary>
    Garnet,

    /// <summary>Independent, and an endpoint: each outage ends with another node behind it.</summary>
    Managed,
}

/// <summary>
/// The topologies that region tests run over. A new topology needs a <see cref="Kind"/>, a <see cref="RegionWorld"/>, and a place in these
/// lists. A test uses a subset only for the reason that is given there.
/// </summary>
internal static class Topologies
{
    public static IReadOnlyList<Kind> All { get; } = [.. Replicas(), Kind.ReadOnly, .. Separate()];

    /// <summary>
    /// Replication applies the purges, over a link that can fail, and its watermark proves them; the agent can repair the region.
    /// </summary>
    public static IReadOnlyList<Kind> WithReplication { get; } = Replicas();

    /// <summary>The agent applies every purge and moves the watermark.</summary>
    public static IReadOnlyList<Kind> WithoutReplication { get; } = Separate();

    /// <summary>The agent writes to the region's Redis itself: its watermark or checkpoint, and its lease while the bus is away.</summary>
    public static IReadOnlyList<Kind> Writable { get; } = [.. All.Except([Kind.ReadOnly])];

    /// <summary>A Garnet has no maximum memory and evicts nothing. A read-only replica holds what its primary has not evicted.</summary>
    public static IReadOnlyList<Kind> WithMemoryLimit { get; } = [.. Writable.Except([Kind.Garnet])];

    /// <summary>A Garnet restarts empty, and a replica that restarts gets a new copy from its primary.</summary>
    public static IReadOnlyList<Kind> WithOldCopies { get; } = [.. Separate().Except([Kind.Garnet])];

    /// <summary>The test makes the purges of a second lineage itself, or needs one that the agent does not serve.</summary>
    public static IReadOnlyList<Kind> OneLineage { get; } =
        [.. All.Except([Kind.ReplicatedTwoLineages, Kind.IndependentTwoLineages])];

    /// <summary>
    /// A Garnet does not count the calls of each command. For a read-only region, the agent calls two servers. A second database makes
    /// calls of its own, and so does the tests' client of a cluster. No link can slow down a whole cluster.
    /// </summary>
    public static IReadOnlyList<Kind> WithCommandCounts { get; } =
        [.. OneLineage.Intersect(Writable).Except([Kind.Garnet, Kind.Cluster])];

    /// <summary>As <see cref="OneLineage"/>, and the agent applies every purge. Of two lineages, each logs and applies its own.</summary>
    public static IReadOnlyList<Kind> OneLineageWithoutReplication { get; } = [.. OneLineage.Intersect(Separate())];

    /// <summary>Every run tests these: one for each way in which purges reach a region.</summary>
    public static IReadOnlyList<Kind> Representative { get; } = [Kind.Replicated, Kind.Independent];

    private static Kind[] Replicas() => [Kind.Replicated, Kind.ReplicatedTwoLineages];

    private static Kind[] Separate() =>
        [Kind.Independent, Kind.IndependentTwoLineages, Kind.Cluster, Kind.Garnet, Kind.Managed];
}

/// <summary>
/// Runs a theory, whose first parameter is a <see cref="Kind"/>, over topologies. Each case has the trait <c>topology</c>, by which a run
/// can be filtered.
/// </summary>
/// <param name="topologies">The name of a list of <see cref="Topologies"/>.</param>
/// <param name="arguments">The theory's other arguments.</param>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
internal sealed class OverAttribute(string topologies, params object?[] arguments) : DataAttribute
{
    /// <summary>
    /// Whether every run tests all of the topologies. Otherwise <c>./lastmile test</c> tests <see cref="Topologies.Representative"/> only,
    /// and <c>./lastmile test --all</c> the others too.
    /// </summary>
    public bool Always { get; init; }

    public override bool SupportsDiscoveryEnumeration() => true;

    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(MethodInfo testMethod, DisposalTracker disposalTracker)
    {
        var kinds = (IReadOnlyList<Kind>)typeof(Topologies).GetProperty(topologies)!.GetValue(null)!;
        return new([.. kinds.Select(Row)]);
    }

    private TheoryDataRow Row(Kind kind)
    {
        var row = new TheoryDataRow([kind, .. arguments]).WithTrait("topology", kind.ToString());
        return Always || Topologies.Representative.Contains(kind) ? row : row.WithTrait("kind", "long");
    }
}
