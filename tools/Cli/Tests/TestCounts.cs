using System.Globalization;
using System.Xml.Linq;

namespace LastMile.Events.Cli.Tests;

/// <summary>The counts of some tests by their results.</summary>
internal readonly record struct TestCounts(int Passed, int Failed, int Skipped)
{
    public static TestCounts None => default;

    public bool AnyRan => Passed + Failed > 0;

    /// <summary>Nothing that ran is no success: a filter that matches nothing would pass.</summary>
    public bool Succeeded => AnyRan && Failed == 0;

    public static TestCounts operator +(TestCounts left, TestCounts right) =>
        new(left.Passed + right.Passed, left.Failed + right.Failed, left.Skipped + right.Skipped);

    /// <summary>Reads xunit's result file. An error outside of a test, as in a fixture's clean-up, is a failure.</summary>
    public static TestCounts Parse(string xml)
    {
        var assemblies = XDocument.Parse(xml).Root?.Elements("assembly") ?? [];
        return assemblies.Aggregate(None, (sum, assembly) => sum + new TestCounts(
            Count(assembly, "passed"), Count(assembly, "failed") + Count(assembly, "errors"), Count(assembly, "skipped")));
    }

    /// <summary>A project that ended badly without a failed test to show for it has failed as one.</summary>
    public TestCounts WithExitCode(int code) => code != 0 && Failed == 0 ? this with { Failed = 1 } : this;

    /// <summary>As scripts read it.</summary>
    public override string ToString() => $"{Passed} passed, {Failed} failed, {Skipped} skipped";

    private static int Count(XElement assembly, string attribute) =>
        int.Parse(assembly.Attribute(attribute)?.Value ?? "0", CultureInfo.InvariantCulture);
}
