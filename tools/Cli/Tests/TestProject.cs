using System.Diagnostics;

namespace LastMile.Events.Cli.Tests;

/// <summary>A test project: a program that runs its own tests.</summary>
/// <param name="Name">As <c>Redis.Tests</c>.</param>
/// <param name="ProjectFile">Relative to the repository.</param>
/// <param name="Repository">The repository's folder.</param>
internal sealed record TestProject(string Name, string ProjectFile, string Repository)
{
    private const string Suffix = ".Tests";
    private const string SharedServersAssembly = "LastMile.Events.Testing.dll";
    private const string AloneAttribute = "MeasuresTime";
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan LongDeadline = TimeSpan.FromMinutes(40);

    private string Folder => Path.Combine(Repository, Path.GetDirectoryName(ProjectFile)!);

    private string Assembly => Path.Combine(Repository, "artifacts", "bin", Name, "release", Name + ".dll");

    /// <summary>Whether its tests run against servers that all projects can share.</summary>
    public bool NeedsServers => File.Exists(Path.Combine(Path.GetDirectoryName(Assembly)!, SharedServersAssembly));

    /// <summary>Whether some of its tests must run when no others do.</summary>
    public bool HasTestsToRunAlone => Sources().Any(file => File.ReadAllText(file).Contains(AloneAttribute, StringComparison.Ordinal));

    /// <summary>How much there is to run, roughly: the size of its sources in bytes.</summary>
    public long Size => Sources().Sum(file => new FileInfo(file).Length);

    /// <summary>All of them, those with most to run first, so that none goes on alone at the end.</summary>
    public static IReadOnlyList<TestProject> FindAll(string repository, ProjectGraph graph) =>
    [
        .. graph.Projects.Select(file => new TestProject(Path.GetFileNameWithoutExtension(file), file, repository))
            .Where(project => project.Name.EndsWith(Suffix, StringComparison.Ordinal))
            .OrderByDescending(project => project.Size),
    ];

    /// <summary>Whether a user means it by a name, with or without its <c>.Tests</c>.</summary>
    public bool IsCalled(string name) =>
        string.Equals(Name, name, StringComparison.OrdinalIgnoreCase) || string.Equals(Name, name + Suffix, StringComparison.OrdinalIgnoreCase);

    /// <summary>Runs tests in a process of their own.</summary>
    /// <param name="filter">Which tests.</param>
    /// <param name="environment">Variables besides this process's.</param>
    /// <param name="resultFile">Where xunit writes its results.</param>
    /// <param name="cancellationToken">Ends the process.</param>
    public async Task<TestResult> RunAsync(
        TestFilter filter, IReadOnlyDictionary<string, string> environment, string resultFile, CancellationToken cancellationToken)
    {
        if (!File.Exists(Assembly))
            return TestResult.Broken(Name, $"{Assembly} is not there. Is the project in the solution?");

        var begun = Stopwatch.GetTimestamp();
        using var tests = Process.Start(StartInfo(filter, environment, resultFile))!;
        var output = ReadAsync(tests);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var deadline = filter.All ? LongDeadline : Deadline;
        limit.CancelAfter(deadline);
        var note = "";
        try
        {
            await tests.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            tests.Kill(entireProcessTree: true);
            cancellationToken.ThrowIfCancellationRequested();
            note = $"{Name} was not through after {deadline.TotalMinutes:0} minutes and was ended.{Environment.NewLine}";
            await tests.WaitForExitAsync(cancellationToken);
        }

        return await TestResult.ReadAsync(Name, resultFile, tests.ExitCode, Stopwatch.GetElapsedTime(begun), note + await output, cancellationToken);
    }

    private IEnumerable<string> Sources() => Directory.EnumerateFiles(Folder, "*.cs", SearchOption.AllDirectories);

    private ProcessStartInfo StartInfo(TestFilter filter, IReadOnlyDictionary<string, string> environment, string resultFile)
    {
        string[] arguments =
        [
            Assembly, "-noLogo", "-noAutoReporters", "-reporter", "quiet", "-longRunning", "60", "-result-xml", resultFile,
            .. Console.IsOutputRedirected ? ["-noColor"] : Array.Empty<string>(),
            .. filter.Arguments,
        ];
        var start = new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        // It is compiled already, and lives for a minute: to compile its busiest methods again took a third of its time.
        start.Environment["DOTNET_TieredPGO"] = "0";
        start.Environment["DOTNET_TC_CallCounting"] = "0";
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return start;
    }

    // Both streams, in the order in which their lines came.
    private static async Task<string> ReadAsync(Process process)
    {
        var lines = new List<string>();
        await Task.WhenAll(CopyAsync(process.StandardOutput), CopyAsync(process.StandardError));
        return string.Join(Environment.NewLine, lines);

        async Task CopyAsync(StreamReader reader)
        {
            while (await reader.ReadLineAsync() is { } line)
            {
                lock (lines)
                    lines.Add(line);
            }
        }
    }
}
