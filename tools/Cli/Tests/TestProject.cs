using System.Diagnostics;

namespace LastMile.Events.Cli.Tests;

/// <summary>A test project, which is a program that runs its own tests.</summary>
/// <param name="Name">The name, such as <c>Redis.Tests</c>.</param>
/// <param name="ProjectFile">The project file, relative to the repository.</param>
/// <param name="Repository">The repository's folder.</param>
internal sealed record TestProject(string Name, string ProjectFile, string Repository)
{
    private const string Suffix = ".Tests";
    private const string SharedServersAssembly = "LastMile.Events.Testing.dll";
    private const string AloneAttribute = "MeasuresTime";
    private const string RunningTest = "[Long Running Test]";

    // It builds applications one step after the other, however small its sources are.
    private const string Longest = "Packages.Tests";

    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(20);
    private static readonly TimeSpan LongDeadline = TimeSpan.FromMinutes(40);

    private string Folder => Path.Combine(Repository, Path.GetDirectoryName(ProjectFile)!);

    private string Assembly => Path.Combine(Repository, "artifacts", "bin", Name, "release", Name + ".dll");

    /// <summary>Whether its tests use the servers that all projects share.</summary>
    public bool NeedsServers => File.Exists(Path.Combine(Path.GetDirectoryName(Assembly)!, SharedServersAssembly));

    /// <summary>Whether some of its tests must run while no others do.</summary>
    public bool HasTestsToRunAlone => Sources().Any(file => File.ReadAllText(file).Contains(AloneAttribute, StringComparison.Ordinal));

    /// <summary>The size of its sources in bytes, a rough measure of its run time.</summary>
    public long Size => Sources().Sum(file => new FileInfo(file).Length);

    /// <summary>Returns all test projects, the longest first, so that none of them runs alone at the end.</summary>
    public static IReadOnlyList<TestProject> FindAll(string repository, ProjectGraph graph) =>
    [
        .. graph.Projects.Select(file => new TestProject(Path.GetFileNameWithoutExtension(file), file, repository))
            .Where(project => project.Name.EndsWith(Suffix, StringComparison.Ordinal))
            .OrderByDescending(project => project.Name == Longest)
            .ThenByDescending(project => project.Size),
    ];

    /// <summary>Whether a name means this project, with or without <c>.Tests</c>.</summary>
    public bool IsCalled(string name) =>
        string.Equals(Name, name, StringComparison.OrdinalIgnoreCase)
        || string.Equals(Name, name + Suffix, StringComparison.OrdinalIgnoreCase);

    /// <summary>Runs tests in a separate process.</summary>
    /// <param name="filter">The tests to run.</param>
    /// <param name="environment">Environment variables to add.</param>
    /// <param name="resultFile">The file for xunit's results.</param>
    /// <param name="cancellationToken">Kills the process.</param>
    public async Task<TestResult> RunAsync(
        TestFilter filter, IReadOnlyDictionary<string, string> environment, string resultFile, CancellationToken cancellationToken)
    {
        if (!File.Exists(Assembly))
            return TestResult.Broken(Name, $"{Assembly} does not exist. Is the project in the solution?");

        var begun = Stopwatch.GetTimestamp();
        using var tests = Process.Start(StartInfo(filter, environment, resultFile))!;
        var output = ReadAsync(tests);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var deadline = filter.All ? LongDeadline : Deadline;
        limit.CancelAfter(deadline);
        string? killed = null;
        try
        {
            await tests.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            tests.Kill(entireProcessTree: true);
            cancellationToken.ThrowIfCancellationRequested();
            killed = $"{Name} was killed because it did not finish within {deadline.TotalMinutes:0} minutes.";
            await tests.WaitForExitAsync(cancellationToken);
        }

        // The running tests explain why a process was killed. In other processes, most of them merely wait for their turn.
        var lines = await output;
        var shown = killed is null ? lines.Where(line => !line.Contains(RunningTest, StringComparison.Ordinal)) : [killed, .. lines];
        return await TestResult.ReadAsync(
            Name, resultFile, tests.ExitCode, Stopwatch.GetElapsedTime(begun), string.Join(Environment.NewLine, shown), cancellationToken);
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
        var start = new ProcessStartInfo("dotnet", arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        // Recompiling hot methods took a third of the time in a precompiled process that lives for a minute.
        start.Environment["DOTNET_TieredPGO"] = "0";
        start.Environment["DOTNET_TC_CallCounting"] = "0";
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return start;
    }

    // Reads both streams, in the order in which their lines arrive.
    private static async Task<IReadOnlyList<string>> ReadAsync(Process process)
    {
        var lines = new List<string>();
        await Task.WhenAll(CopyAsync(process.StandardOutput), CopyAsync(process.StandardError));
        return lines;

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
