namespace LastMile.Events.Cli.Tests;

/// <summary>Prints the results of tests.</summary>
internal static class TestReport
{
    private const int Shown = 10;
    private const int ShownLines = 5;

    /// <summary>Prints a project's counts and its output.</summary>
    public static void Show(TestResult result)
    {
        Console.WriteLine($"{result.Project,-26} {result.Counts}, {result.Took.TotalSeconds:0.0} s");
        if (result.Output.Length > 0)
            Console.WriteLine(result.Output);
    }

    /// <summary>Prints the slowest tests, the failed ones, and the total, so that the end of a long output says what has failed.</summary>
    /// <returns>Whether all tests passed.</returns>
    public static bool Show(IReadOnlyList<TestResult> results)
    {
        Console.WriteLine($"{Environment.NewLine}The slowest tests, in seconds:");
        var slowest = results.SelectMany(result => result.Slowest).OrderByDescending(time => time.Seconds).Take(Shown);
        foreach (var (project, test, seconds) in slowest)
            Console.WriteLine($"{seconds,6:0.0}  {project}  {test}");

        ShowFailures([.. results.SelectMany(result => result.Failures)]);
        var sum = results.Aggregate(TestCounts.None, (counts, result) => counts + result.Counts);
        if (!sum.AnyRan)
            Console.WriteLine("No test ran.");
        // Scripts parse the last line.
        Console.WriteLine($"{Environment.NewLine}{sum}");
        return sum.Succeeded;
    }

    private static void ShowFailures(IReadOnlyList<TestFailure> failures)
    {
        if (failures.Count == 0)
            return;
        Console.WriteLine($"{Environment.NewLine}What failed, with the first lines of the reason (stack traces are above):");
        foreach (var (test, reason) in failures)
        {
            Console.WriteLine($"  {test}");
            foreach (var line in reason.Split('\n').Take(ShownLines))
                Console.WriteLine($"    {line.TrimEnd()}");
        }
    }
}
