using System.CommandLine;
using LastMile.Events.Cli.Docker;
using LastMile.Events.Cli.Tests;
using LastMile.Events.Fabric;

namespace LastMile.Events.Cli;

/// <summary><c>./lastmile test</c>: builds and runs tests, against real servers.</summary>
internal sealed class TestCommand : Command
{
    private const string HelpText =
        """
        Build and run tests, against real servers.

          ./lastmile test                    the default tests; run them before a commit
          ./lastmile test Redis Postgres     the projects tests/Redis.Tests and tests/Postgres.Tests
          ./lastmile test --changed          the projects affected by changes since the last commit
          ./lastmile test --filter carrier   the tests whose names contain this text
          ./lastmile test --all              also the long tests: outages of minutes, a chaos run, a million bad rows
          ./lastmile test --docker           only the images, docker-compose.yml and the demo, on a Docker engine
        """;

    private readonly Argument<string[]> projects = new("project")
    {
        Description = "Run only these test projects, such as 'Redis' or 'Redis.Tests'; all by default.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<bool> changed = new("--changed")
    {
        Description = "Run only the test projects that depend on a file that differs from the last commit.",
    };

    private readonly Option<bool> all = new("--all")
    {
        Description = "Also run the long tests, which take several times as long as the default ones.",
    };

    private readonly Option<bool> docker = new("--docker")
    {
        Description = "Check the images and docker-compose.yml, and run the demo in containers, on the Docker engine of this machine.",
    };

    private readonly Option<string[]> filter = new("--filter")
    {
        Description = "Run only the tests whose full name contains this text. Repeat the option for more.",
        HelpName = "text",
    };

    private readonly Option<DirectoryInfo?> logs = new("--logs")
    {
        Description = "Keep the logs of all servers and services in this folder.",
        HelpName = "folder",
    };

    public TestCommand()
        : base("test", HelpText)
    {
        Arguments.Add(projects);
        Options.Add(changed);
        Options.Add(all);
        Options.Add(docker);
        Options.Add(filter);
        Options.Add(logs);
        Validators.Add(result =>
        {
            if (result.GetValue(docker)
                && (result.GetValue(projects) is { Length: > 0 }
                    || result.GetValue(changed)
                    || result.GetValue(all)
                    || result.GetValue(filter) is { Length: > 0 }))
            {
                result.AddError("--docker runs no test project, so it excludes projects, --changed, --all, and --filter.");
            }
        });
        SetAction((parsed, cancellationToken) =>
        {
            // The test projects, which are separate processes, inherit the variable.
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
            Console.WriteLine("No test project depends on a changed file.");
            return 0;
        }

        var results = await TestRun.RunAsync(repository, selection.Projects, filter, cancellationToken);
        return TestReport.Show(results) ? 0 : 1;
    }
}
