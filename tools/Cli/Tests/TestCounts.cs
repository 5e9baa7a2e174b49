using System.Globalization;
using System.Xml.Linq;

namespace LastMile.Events.Cli.Tests;

/// <summary>The number of tests by result.</summary>
internal readonly record struct TestCounts(int Passed, int Failed, int Skipped)
{
    public static TestCounts None => default;

    public bool AnyRan => Passed + Failed > 0;

    /// <summary>Whether at least one test ran and none failed. Otherwise a filter that matches nothing would pass.</summary>
    public bool Succeeded => AnyRan && Failed == 0;

    public static TestCounts operator +(TestCounts left, TestCounts right) =>
        new(left.Passed + right.Passed, left.Failed + right.Failed, left.Skipped + right.Skipped);

    /// <summary>Parses xunit's result file. An error outside a test, such as in a fixture's cleanup, counts as a failure.</summary>
    public static TestCounts Parse(string xml)
    {
        var assemblies = XDocument.Parse(xml).Root?.Elements("assembly") ?? [];
        return assemblies.Aggregate(None, (sum, assembly) => sum + new TestCounts(
            Count(assembly, "passed"), Count(assembly, "failed") + Count(assembly, "errors"), Count(assembly, "skipped")));
    }

    /// <summary>Counts a nonzero exit code without a failed test as one failure.</summary>
    public TestCounts WithExitCode(int code) => code != 0 && Failed == 0 ? this with { Failed = 1 } : this;

    /// <summary>Formats the counts for scripts.</summary>
    public override string ToString() => $"{Passed} passed, {Failed} failed, {Skipped} skipped";

    private static int Count(XElement assembly, string attribute) =>
        int.Parse(assembly.Attribute(attribute)?.Value ?? "0", CultureInfo.InvariantCulture);
}
