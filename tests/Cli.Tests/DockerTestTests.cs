using LastMile.Events.Cli;
using LastMile.Events.Cli.Docker;
using Xunit;

namespace Cli.Tests;

public sealed class DockerTestTests
{
    [Theory]
    [InlineData("docker compose", "docker compose")]
    [InlineData("docker compose,docker-compose", "docker compose")]
    [InlineData("docker-compose", "docker-compose")]
    [InlineData("", null)]
    public async Task The_compose_plugin_is_preferred_to_the_older_program(string installed, string? expected)
    {
        var found = await ComposeCommand.FindAsync(
            (command, _) => Task.FromResult(installed.Split(',').Contains(string.Join(' ', command), StringComparer.Ordinal)),
            CancellationToken.None);

        Assert.Equal(expected, found is null ? null : string.Join(' ', found));
    }

    [Theory]
    [InlineData("--docker", true)]
    [InlineData("--docker Redis", false)]
    [InlineData("--docker --all", false)]
    [InlineData("--docker --changed", false)]
    [InlineData("--docker --filter carrier", false)]
    [InlineData("Redis --all", true)]
    public void The_docker_option_runs_no_test_project(string arguments, bool expected) =>
        Assert.Equal(expected, new TestCommand().Parse(arguments).Errors.Count == 0);
}
