namespace LastMile.Events.Cli.Tests;

/// <summary>Prints the results of tests.</summary>
internal static class TestReport
{
    private const int Shown = 10;

    /// <summary>Prints a project's counts and its output.</summary>
    public static void Show(TestResult result)
    {
        Console.WriteLine($"{result.Project,-26} {result.Counts}, {result.Took.TotalSeconds:0.0} s");
        if (result.Output.Length > 0)
            Console.WriteLine(result.Output);
    }

    /// <summary>Prints the slowest tests and the total.</summary>
    /// <returns>Whether all tests passed.</returns>
    public static bool Show(IReadOnlyList<TestResult> results)
    {
        Console.WriteLine($"{Environment.NewLine}The slowest tests, in seconds:");
        var slowest = results.SelectMany(result => result.Slowest).OrderByDescending(time => time.Seconds).Take(Shown);
        foreach (var (project, test, seconds) in slowest)
            Console.WriteLine($"{seconds,6:0.0}  {project}  {test}");

        var sum = results.Aggregate(TestCounts.None, (counts, result) => counts + result.Counts);
        if (!sum.AnyRan)
            Console.WriteLine("No test ran.");
        // Scripts parse the last line.
        Console.WriteLine($"{Environment.NewLine}{sum}");
        return sum.Succeeded;
    }
}
