using System.CommandLine;
using LastMile.Events.Cli.Tests;
using LastMile.Events.Fabric;

namespace LastMile.Events.Cli;

/// <summary><c>./lastmile test</c>: builds everything and runs every test project against real servers.</summary>
internal sealed class TestCommand : Command
{
    private readonly Option<string[]> filter = new("--filter")
    {
        Description = "Run only the tests whose full name holds this text; may be given several times.",
        HelpName = "text",
    };

    private readonly Option<DirectoryInfo?> logs = new("--logs")
    {
        Description = "Keep the logs of all servers and services in this folder.",
        HelpName = "folder",
    };

    public TestCommand()
        : base("test", "Build everything and run every test, against real servers.")
    {
        Options.Add(filter);
        Options.Add(logs);
        SetAction((parsed, cancellationToken) =>
        {
            // For the test projects, which are processes of their own.
            if (parsed.GetValue(logs) is { } folder)
                Environment.SetEnvironmentVariable(RunFolder.LogsVariable, folder.FullName);
            return RunAsync(parsed.GetValue(filter) ?? [], cancellationToken);
        });
    }

    private static async Task<int> RunAsync(IReadOnlyList<string> filters, CancellationToken cancellationToken)
    {
        var results = await BuildAndRunAsync(filters, cancellationToken);
        var sum = results.Aggregate(TestCounts.None, (left, right) => left + right);
        if (!sum.AnyRan)
            Console.WriteLine("No test ran.");
        Console.WriteLine(sum);
        return sum.Succeeded ? 0 : 1;
    }

    private static async Task<IReadOnlyList<TestCounts>> BuildAndRunAsync(
        IReadOnlyList<string> filters, CancellationToken cancellationToken)
    {
        var repository = RunFolder.RepositoryFolder();
        Console.WriteLine("Building the solution");
        if (!await SolutionBuild.SucceedsAsync(repository, cancellationToken))
            return [];

        using var run = RunFolder.Create();
        await using var servers = new TestServers(run.Path);
        List<TestCounts> results = [];
        foreach (var project in TestProject.FindAll(repository))
        {
            Console.WriteLine($"{Environment.NewLine}{project.Name}");
            var environment = project.NeedsServers ? await servers.EnvironmentAsync(cancellationToken) : [];
            results.Add(await project.RunAsync(filters, environment, Path.Combine(run.Path, project.Name + ".xml"), cancellationToken));
        }

        Console.WriteLine();
        return results;
    }
}
