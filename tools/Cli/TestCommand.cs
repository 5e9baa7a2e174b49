using System.CommandLine;
using LastMile.Events.Cli.Docker;
using LastMile.Events.Cli.Tests;
using LastMile.Events.Fabric;

namespace LastMile.Events.Cli;

/// <summary><c>./lastmile test</c>: builds and runs tests, against real servers.</summary>
internal sealed class TestCommand : Command
{
    private const string Teaching =
        """
        Build and run tests, against real servers.

          ./lastmile test                    the default tests: what to run before a commit
          ./lastmile test Redis Postgres     the projects tests/Redis.Tests and tests/Postgres.Tests
          ./lastmile test --changed          the projects that what you changed since the last commit can break
          ./lastmile test --filter carrier   the tests whose names contain a text
          ./lastmile test --all              the long tests too: outages of minutes, a chaos run, a million bad rows
          ./lastmile test --docker           the check of docker-compose.yml and the demo over containers, and nothing else
        """;

    private readonly Argument<string[]> projects = new("project")
    {
        Description = "Run only these test projects, as 'Redis' or 'Redis.Tests'; all unless given.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<bool> changed = new("--changed")
    {
        Description = "Run only the test projects that depend on a file which differs from the last commit.",
    };

    private readonly Option<bool> all = new("--all")
    {
        Description = "Run the long tests too. They take several times as long as the default ones.",
    };

    private readonly Option<bool> docker = new("--docker")
    {
        Description = "Check docker-compose.yml and run the demo over containers, on the Docker engine that DOCKER_HOST names or the default one.",
    };

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
        : base("test", Teaching)
    {
        Arguments.Add(projects);
        Options.Add(changed);
        Options.Add(all);
        Options.Add(docker);
        Options.Add(filter);
        Options.Add(logs);
        Validators.Add(result =>
        {
            if (result.GetValue(docker) && (result.GetValue(projects) is { Length: > 0 } || result.GetValue(changed) || result.GetValue(all) || result.GetValue(filter) is { Length: > 0 }))
                result.AddError("--docker runs no test project: leave projects, --changed, --all and --filter out.");
        });
        SetAction((parsed, cancellationToken) =>
        {
            // For the test projects, which are processes of their own.
            if (parsed.GetValue(logs) is { } folder)
                Environment.SetEnvironmentVariable(RunFolder.LogsVariable, folder.FullName);
            return parsed.GetValue(docker) ? DockerTest.RunAsync(RunFolder.RepositoryFolder(), cancellationToken) : RunAsync(
                parsed.GetValue(projects) ?? [],
                parsed.GetValue(changed),
                new TestFilter(parsed.GetValue(filter) ?? [], parsed.GetValue(all)),
                cancellationToken);
        });
    }

    private static async Task<int> RunAsync(string[] names, bool changed, TestFilter filter, CancellationToken cancellationToken)
    {
        var repository = RunFolder.RepositoryFolder();
        var selection = new ProjectSelection(repository);
        try
        {
            selection.KeepNamed(names);
            if (changed)
                await selection.KeepChangedAsync(cancellationToken);
        }
        catch (Exception refused) when (refused is ArgumentException or InvalidOperationException)
        {
            Console.Error.WriteLine(refused.Message);
            return 2;
        }

        if (selection.Projects.Count == 0)
        {
            Console.WriteLine("No test project depends on what changed.");
            return 0;
        }

        var results = await TestRun.RunAsync(repository, selection.Projects, filter, cancellationToken);
        return TestReport.Show(results) ? 0 : 1;
    }
}
