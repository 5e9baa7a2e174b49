using LastMile.Events.Fabric;

namespace LastMile.Events.Cli.Tests;

/// <summary>
/// One run of test projects: they are built at once and run side by side, since most tests wait more than they compute. Then those tests run
/// that hold something to milliseconds, one project at a time.
/// </summary>
internal static class TestRun
{
    private static readonly int SideBySide = Math.Max(2, Environment.ProcessorCount);

    /// <summary>Builds and runs.</summary>
    /// <returns>A result for each process that ran; a single failed one if the build failed.</returns>
    public static async Task<IReadOnlyList<TestResult>> RunAsync(
        string repository, IReadOnlyList<TestProject> projects, TestFilter filter, CancellationToken cancellationToken)
    {
        using var run = RunFolder.Create();
        await using var servers = new TestServers(run.Path);
        var many = projects.Count > 1;
        // They start while the projects are built. A single project starts only what it needs.
        var environment = many ? servers.StartAsync(cancellationToken) : Task.FromResult(TestServers.None);
        Console.WriteLine($"Building {(many ? $"{projects.Count} test projects" : projects[0].Name)}");
        var built = await SolutionBuild.SucceedsAsync(repository, [.. projects.Select(project => project.ProjectFile)], cancellationToken);
        var shared = await environment;
        if (!built)
            return [TestResult.Broken("build", "The build failed: see above.")];

        Console.WriteLine($"Running {(many ? $"them, {SideBySide} at a time" : "it")}{Environment.NewLine}");
        var together = new List<TestResult>();
        await Parallel.ForEachAsync(
            projects,
            new ParallelOptions { MaxDegreeOfParallelism = SideBySide, CancellationToken = cancellationToken },
            async (project, token) => Keep(together, await RunOneAsync(project, filter)));

        foreach (var project in projects.Where(project => project.HasTestsToRunAlone))
            Keep(together, await RunOneAsync(project, filter with { Alone = true }));
        return together;

        Task<TestResult> RunOneAsync(TestProject project, TestFilter which) => project.RunAsync(
            which,
            project.NeedsServers ? shared : TestServers.None,
            Path.Combine(run.Path, $"{project.Name}{(which.Alone ? "-alone" : "")}.xml"),
            cancellationToken);
    }

    private static void Keep(List<TestResult> results, TestResult result)
    {
        lock (results)
        {
            results.Add(result);
            TestReport.Show(result);
        }
    }
}
