using Spectre.Console;

namespace LastMile.Events.Cli.Tests;

/// <summary>Prints what came of tests.</summary>
internal static class TestReport
{
    private const int Shown = 10;

    /// <summary>Prints a project's line, and what it printed itself.</summary>
    public static void Show(TestResult result)
    {
        Console.WriteLine($"{result.Project,-28} {result.Counts}, {result.Took.TotalSeconds:0.0} s");
        if (result.Output.Length > 0)
            Console.WriteLine(result.Output);
    }

    /// <summary>Prints the slowest tests and the sum of all.</summary>
    /// <returns>Whether all tests passed.</returns>
    public static bool Show(IReadOnlyList<TestResult> results)
    {
        var table = new Table { Title = new TableTitle("The slowest tests") }.AddColumns("s", "project", "test");
        foreach (var (project, test, seconds) in results.SelectMany(result => result.Slowest).OrderByDescending(time => time.Seconds).Take(Shown))
            table.AddRow($"{seconds:0.0}", Markup.Escape(project), Markup.Escape(test));
        if (table.Rows.Count > 0)
            AnsiConsole.Write(table);

        var sum = results.Aggregate(TestCounts.None, (counts, result) => counts + result.Counts);
        if (!sum.AnyRan)
            Console.WriteLine("No test ran.");
        // The last line, as scripts read it.
        Console.WriteLine(sum);
        return sum.Succeeded;
    }
}
