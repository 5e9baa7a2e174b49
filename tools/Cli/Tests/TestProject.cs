using System.Diagnostics;
using System.Xml;

namespace LastMile.Events.Cli.Tests;

/// <summary>A built test project: a program that runs its own tests.</summary>
internal sealed record TestProject(string Name, string Assembly)
{
    private const string SharedServersAssembly = "LastMile.Events.Testing.dll";
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(10);

    public bool NeedsServers => File.Exists(Path.Combine(Path.GetDirectoryName(Assembly)!, SharedServersAssembly));

    /// <summary>All of them: the fast ones without servers first, what spans the whole system last.</summary>
    public static IReadOnlyList<TestProject> FindAll(string repository) =>
    [
        .. Directory.EnumerateFiles(Path.Combine(repository, "tests"), "*.Tests.csproj", SearchOption.AllDirectories)
            .Select(file => Path.GetFileNameWithoutExtension(file))
            .Select(name => new TestProject(name, Path.Combine(repository, "artifacts", "bin", name, "release", name + ".dll")))
            .OrderBy(project => project.NeedsServers)
            .ThenBy(project => project.Name is "EndToEnd.Tests" or "Chaos.Tests")
            .ThenBy(project => project.Name, StringComparer.Ordinal),
    ];

    public async Task<TestCounts> RunAsync(
        IReadOnlyList<string> filters, Dictionary<string, string> environment, string resultFile, CancellationToken cancellationToken)
    {
        if (!File.Exists(Assembly))
        {
            Console.WriteLine($"{Assembly} is not there. Is the project in the solution?");
            return new TestCounts(0, Failed: 1, 0);
        }

        using var tests = Process.Start(StartInfo(filters, environment, resultFile))!;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Deadline);
        try
        {
            await tests.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            tests.Kill(entireProcessTree: true);
            cancellationToken.ThrowIfCancellationRequested();
            Console.WriteLine($"{Name} was not through after {Deadline.TotalMinutes:0} minutes and was ended.");
            await tests.WaitForExitAsync(cancellationToken);
        }

        return (await ReadAsync(resultFile, cancellationToken)).WithExitCode(tests.ExitCode);
    }

    private ProcessStartInfo StartInfo(IReadOnlyList<string> filters, Dictionary<string, string> environment, string resultFile)
    {
        string[] arguments =
        [
            Assembly, "-noLogo", "-noAutoReporters", "-longRunning", "60", "-result-xml", resultFile,
            .. Console.IsOutputRedirected ? ["-noColor"] : Array.Empty<string>(),
            .. filters.SelectMany(filter => new[] { "-method", $"*{filter}*" }),
        ];
        var start = new ProcessStartInfo("dotnet", arguments) { UseShellExecute = false };
        // Of a process that lives for a minute little is worth to be measured and compiled anew: a fifth of its time.
        start.Environment["DOTNET_TieredPGO"] = "0";
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return start;
    }

    private async Task<TestCounts> ReadAsync(string resultFile, CancellationToken cancellationToken)
    {
        try
        {
            return TestCounts.Parse(await File.ReadAllTextAsync(resultFile, cancellationToken));
        }
        catch (Exception e) when (e is IOException or XmlException)
        {
            Console.WriteLine($"{Name} left no result behind: it crashed.");
            return new TestCounts(0, Failed: 1, 0);
        }
    }
}
