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
    public void Installed_programs_are_preferred_unless_a_mode_is_set(
        string? mode, bool installed, bool engineAnswers, ServerSource expected) =>
        Assert.Equal(expected, ServerChoice.Decide(mode, installed, engineAnswers));

    [Fact]
    public void An_unknown_mode_is_rejected_by_name()
    {
        var error = Assert.Throws<ArgumentException>(() => ServerChoice.Decide("podman", installed: true, engineAnswers: true));

        Assert.Contains("LASTMILE_SERVERS_MODE is 'podman'. Set it to 'local' or 'docker'", error.Message, StringComparison.Ordinal);
    }
}
