using System.Diagnostics;
using System.Xml;

namespace LastMile.Events.Cli.Tests;

/// <summary>A built test project: a program that runs its own tests.</summary>
internal sealed record TestProject(string Name, string Assembly)
{
    private const string SharedServersAssembly = "LastMile.Events.Testing.dll";
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(10);

    // Their tests hold the services to times, which another project beside them would take.
    private static readonly string[] Timed = ["Invalidator.Tests", "RegionAgent.Tests", "EndToEnd.Tests"];

    public bool NeedsServers => File.Exists(Path.Combine(Path.GetDirectoryName(Assembly)!, SharedServersAssembly));

    /// <summary>Whether it wants the machine for itself.</summary>
    public bool IsTimed => Timed.Contains(Name, StringComparer.Ordinal);

    /// <summary>All of them: the longest that may run beside others first, then the fast ones without servers; last those that want the machine for themselves.</summary>
    public static IReadOnlyList<TestProject> FindAll(string repository) =>
    [
        .. Directory.EnumerateFiles(Path.Combine(repository, "tests"), "*.Tests.csproj", SearchOption.AllDirectories)
            .Select(file => Path.GetFileNameWithoutExtension(file))
            .Select(name => new TestProject(name, Path.Combine(repository, "artifacts", "bin", name, "release", name + ".dll")))
            .OrderBy(project => project.IsTimed)
            .ThenBy(project => project.Name != "Chaos.Tests")
            .ThenBy(project => project.NeedsServers)
            .ThenBy(project => project.Name.StartsWith("EndToEnd", StringComparison.Ordinal))
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
        // Whole, and not line by line: two projects may run side by side.
        var output = tests.StandardOutput.ReadToEndAsync(cancellationToken);
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

        Console.Write($"{Environment.NewLine}{Name}{Environment.NewLine}{await output}");
        return (await ReadAsync(resultFile, cancellationToken)).WithExitCode(tests.ExitCode);
    }

    private ProcessStartInfo StartInfo(IReadOnlyList<string> filters, Dictionary<string, string> environment, string resultFile)
    {
        string[] arguments =
        [
            Assembly, "-noLogo", "-noAutoReporters", "-longRunning", "60", "-result-xml", resultFile,
            "-noColor",
            .. filters.SelectMany(filter => new[] { "-method", $"*{filter}*" }),
        ];
        var start = new ProcessStartInfo("dotnet", arguments) { UseShellExecute = false, RedirectStandardOutput = true };
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
