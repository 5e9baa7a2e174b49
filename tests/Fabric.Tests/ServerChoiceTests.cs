using LastMile.Events.Fabric;
using Xunit;

namespace Fabric.Tests;

public sealed class ServerChoiceTests
{
    [Theory]
    [InlineData(null, true, ServerSource.Docker)]
    [InlineData(null, false, ServerSource.Local)]
    [InlineData("", true, ServerSource.Docker)]
    [InlineData("", false, ServerSource.Local)]
    [InlineData("local", true, ServerSource.Local)]
    [InlineData("Local", false, ServerSource.Local)]
    [InlineData("docker", false, ServerSource.Docker)]
    [InlineData("DOCKER", true, ServerSource.Docker)]
    public void An_engine_that_answers_is_preferred_unless_told_otherwise(string? mode, bool engineAnswers, ServerSource expected)
    {
        Assert.Equal(expected, ServerChoice.Decide(mode, engineAnswers));
    }

    [Fact]
    public void A_mode_that_is_neither_is_refused_by_name()
    {
        var error = Assert.Throws<ArgumentException>(() => ServerChoice.Decide("podman", engineAnswers: true));

        Assert.Contains("LASTMILE_SERVERS_MODE is 'podman'; it takes 'local' or 'docker'", error.Message, StringComparison.Ordinal);
    }
}
