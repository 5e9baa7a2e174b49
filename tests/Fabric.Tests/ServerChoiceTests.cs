using LastMile.Events.Fabric;
using Xunit;

namespace Fabric.Tests;

public sealed class ServerChoiceTests
{
    [Theory]
    [InlineData(null, true, true, ServerSource.Local)]
    [InlineData(null, true, false, ServerSource.Local)]
    [InlineData(null, false, true, ServerSource.Docker)]
    [InlineData(null, false, false, ServerSource.Local)]
    [InlineData("", false, true, ServerSource.Docker)]
    [InlineData("local", false, true, ServerSource.Local)]
    [InlineData("Local", false, false, ServerSource.Local)]
    [InlineData("docker", true, false, ServerSource.Docker)]
    [InlineData("DOCKER", true, true, ServerSource.Docker)]
    public void Installed_programs_are_preferred_unless_a_mode_is_set(string? mode, bool installed, bool engineAnswers, ServerSource expected) =>
        Assert.Equal(expected, ServerChoice.Decide(mode, installed, engineAnswers));

    [Fact]
    public void A_mode_that_is_neither_is_refused_by_name()
    {
        var error = Assert.Throws<ArgumentException>(() => ServerChoice.Decide("podman", installed: true, engineAnswers: true));

        Assert.Contains("LASTMILE_SERVERS_MODE is 'podman'; it takes 'local' or 'docker'", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "unix:///var/run/docker.sock")]
    [InlineData("", "unix:///var/run/docker.sock")]
    [InlineData("unix:///run/user/1000/docker.sock", "unix:///run/user/1000/docker.sock")]
    [InlineData("tcp://127.0.0.1:2375", "tcp://127.0.0.1:2375/")]
    public void An_engine_is_where_DOCKER_HOST_says(string? configured, string expected) => Assert.Equal(expected, DockerEngine.Address(configured).ToString());

    [Theory]
    [InlineData("foo")]
    [InlineData("unix://")]
    [InlineData("/var/run/docker.sock")]
    [InlineData("ftp://host")]
    public void A_DOCKER_HOST_that_is_no_address_is_refused_in_one_sentence(string configured)
    {
        var error = Assert.Throws<ServerStartException>(() => DockerEngine.Address(configured));

        Assert.StartsWith($"Docker did not start: DOCKER_HOST is '{configured}', which is no address of an engine.", error.Message, StringComparison.Ordinal);
    }
}
