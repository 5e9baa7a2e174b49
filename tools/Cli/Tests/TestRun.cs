using LastMile.Events.Fabric;

namespace LastMile.Events.Cli.Tests;

/// <summary>
/// One run of test projects. They are built together and run in parallel, because most tests mainly wait. Tests that measure time run
/// afterwards, one project at a time.
/// </summary>
internal static class TestRun
{
    private static readonly int MaxParallel = Math.Max(2, Environment.ProcessorCount);

    /// <summary>Builds the projects and runs their tests.</summary>
    /// <returns>One result per process; a single failed result if the build failed.</returns>
    public static async Task<IReadOnlyList<TestResult>> RunAsync(
        string repository, IReadOnlyList<TestProject> projects, TestFilter filter, CancellationToken cancellationToken)
    {
        using var run = RunFolder.Create();
        await using var servers = new TestServers(run.Path);
        var many = projects.Count > 1;
        // The servers start during the build. A single project starts only the servers it needs.
        var environment = many ? servers.StartAsync(cancellationToken) : Task.FromResult(TestServers.None);
        Console.WriteLine($"Building {(many ? $"{projects.Count} test projects" : projects[0].Name)}");
        var built = await SolutionBuild.SucceedsAsync(repository, [.. projects.Select(project => project.ProjectFile)], cancellationToken);
        var shared = await environment;
        if (!built)
            return [TestResult.Broken("build", "The build failed; see above.")];

        Console.WriteLine($"Running {(many ? $"them, {MaxParallel} at a time" : "it")}{Environment.NewLine}");
        var together = new List<TestResult>();
        await Parallel.ForEachAsync(
            projects,
            new ParallelOptions { MaxDegreeOfParallelism = MaxParallel, CancellationToken = cancellationToken },
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
