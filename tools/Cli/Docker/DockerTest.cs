using System.Diagnostics;
using LastMile.Events.Fabric;

namespace LastMile.Events.Cli.Docker;

/// <summary><c>./lastmile test --docker</c>: the tests that need a Docker engine.</summary>
internal static class DockerTest
{
    private const int Failed = 1;

    // The scripts in tests/Docker, and the subject of each.
    private static readonly (string Script, string Subject)[] Checks =
    [
        ("image-check.sh", "the images of deploy/Dockerfile"),
        ("compose-check.sh", "docker-compose.yml"),
    ];

    /// <summary>Runs the checks of the images and of docker-compose.yml, then the demo over containers.</summary>
    /// <returns>The exit code.</returns>
    /// <exception cref="ServerStartException">No engine responds, or no compose command is installed.</exception>
    public static async Task<int> RunAsync(string repository, CancellationToken cancellationToken)
    {
        await DockerEngine.RequireAsync(cancellationToken);
        var compose = await ComposeCommand.FindAsync(cancellationToken)
            ?? throw new ServerStartException("docker-compose.yml", "neither 'docker compose' nor 'docker-compose' is installed.", [],
                "Install one of the packages docker-compose-plugin, docker-compose-v2 and docker-compose.");

        foreach (var (script, subject) in Checks)
        {
            Console.WriteLine($"The check of {subject}, with {string.Join(' ', compose)}");
            if (await RunAsync("bash", [Path.Combine(repository, "tests", "Docker", script), .. compose], cancellationToken) != 0)
                return Report($"The check of {subject} failed.");
        }

        Console.WriteLine($"{Environment.NewLine}The demo over containers");
        return await RunAsync(Environment.ProcessPath!, [Environment.GetCommandLineArgs()[0], "demo"], cancellationToken) == 0
            ? Report("The checks of the images and of docker-compose.yml and the demo over containers passed.", code: 0)
            : Report("The demo over containers failed.");
    }

    // The result is the last line, as with other tests.
    private static int Report(string result, int code = Failed)
    {
        Console.WriteLine($"{Environment.NewLine}{result}");
        return code;
    }

    private static async Task<int> RunAsync(string program, string[] arguments, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(program, arguments) { UseShellExecute = false };
        start.Environment[ServerChoice.Variable] = "docker";
        using var process = Process.Start(start)!;
        try
        {
            await process.WaitForExitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // Ctrl-C also reaches the child process, which then cleans up.
            await process.WaitForExitAsync(CancellationToken.None);
            throw;
        }

        return process.ExitCode;
    }
}
