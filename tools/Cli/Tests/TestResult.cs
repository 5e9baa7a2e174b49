using System.Xml;

namespace LastMile.Events.Cli.Tests;

/// <summary>The result of a project's tests.</summary>
/// <param name="Project">The project's name.</param>
/// <param name="Counts">How many tests passed, failed, and were skipped.</param>
/// <param name="Slowest">The slowest tests, in descending order.</param>
/// <param name="Failures">The failed tests, or why the project did not run.</param>
/// <param name="Took">How long its process ran.</param>
/// <param name="Output">Its output: failures with their stack traces and, if it was killed, the tests that were running.</param>
internal sealed record TestResult(
    string Project, TestCounts Counts, IReadOnlyList<TestTime> Slowest, IReadOnlyList<TestFailure> Failures, TimeSpan Took, string Output)
{
    /// <summary>Creates the result of a project that could not run.</summary>
    public static TestResult Broken(string project, string why, string output = "") =>
        new(project, new TestCounts(0, Failed: 1, 0), [], [new(project, why)], TimeSpan.Zero, output.Length > 0 ? output : why);

    /// <summary>Reads xunit's result file. A process with a nonzero exit code or without a result file has failed.</summary>
    public static async Task<TestResult> ReadAsync(
        string project, string resultFile, int exitCode, TimeSpan took, string output, CancellationToken cancellationToken)
    {
        try
        {
            var xml = await File.ReadAllTextAsync(resultFile, cancellationToken);
            return new(
                project,
                TestCounts.Parse(xml).WithExitCode(exitCode),
                TestTime.Parse(project, xml),
                TestFailure.Parse(project, xml, exitCode),
                took,
                output);
        }
        catch (Exception e) when (e is IOException or XmlException)
        {
            return Broken(project, "It crashed without a result file.", output) with { Took = took };
        }
    }
}
