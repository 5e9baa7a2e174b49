using System.Xml.Linq;

namespace LastMile.Events.Cli.Tests;

/// <summary>A failed test.</summary>
/// <param name="Test">The full name, with arguments; the project's name for a failure outside its tests.</param>
/// <param name="Reason">The message of the failure, which may have several lines.</param>
internal readonly record struct TestFailure(string Test, string Reason)
{
    /// <summary>Reads the failed tests, and the errors outside tests, from xunit's result file.</summary>
    /// <param name="project">The project's name.</param>
    /// <param name="xml">The content of the result file.</param>
    /// <param name="exitCode">The exit code of the process. A nonzero one without a failed test is a failure of its own.</param>
    public static IReadOnlyList<TestFailure> Parse(string project, string xml, int exitCode)
    {
        TestFailure[] failures =
        [
            .. from failure in XDocument.Parse(xml).Descendants("failure")
               let owner = failure.Parent?.Attribute("name")?.Value
               select new TestFailure(owner ?? project, failure.Element("message")?.Value.Trim() ?? "It failed without a message."),
        ];
        return failures.Length == 0 && exitCode != 0 ? [new(project, $"No test failed, but the exit code was {exitCode}.")] : failures;
    }
}
