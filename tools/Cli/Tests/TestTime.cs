using System.Globalization;
using System.Xml.Linq;

namespace LastMile.Events.Cli.Tests;

/// <summary>The duration of a test.</summary>
/// <param name="Project">The project's name.</param>
/// <param name="Test">The class and method.</param>
/// <param name="Seconds">The duration in seconds, including the test's own cleanup.</param>
internal readonly record struct TestTime(string Project, string Test, double Seconds)
{
    private const int Kept = 10;

    /// <summary>Reads the slowest tests from xunit's result file, the slowest first.</summary>
    public static IReadOnlyList<TestTime> Parse(string project, string xml) =>
    [
        .. XDocument.Parse(xml).Descendants("test")
            .Select(test => new TestTime(project, $"{ClassOf(test)}.{test.Attribute("method")?.Value}", TimeOf(test)))
            .OrderByDescending(time => time.Seconds)
            .Take(Kept),
    ];

    private static string? ClassOf(XElement test) => test.Attribute("type")?.Value.Split('.', '+')[^1];

    private static double TimeOf(XElement test) => double.Parse(test.Attribute("time")?.Value ?? "0", CultureInfo.InvariantCulture);
}
