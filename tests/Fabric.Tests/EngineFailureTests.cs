using LastMile.Events.Fabric;
using Xunit;

namespace Fabric.Tests;

public sealed class EngineFailureTests
{
    private const string NoRegistry =
        "Docker API responded with status code='InternalServerError', response='"
        + """{"message":"Get \"https://registry-1.docker.io/v2/\": dial tcp: lookup registry-1.docker.io: no such host"}"""
        + "\n'";

    [Fact]
    public void A_failed_pull_is_reported_with_the_image_the_engines_reason_and_a_remedy()
    {
        var failure = EngineFailure.MissingImage(
            "rabbitmq", "rabbitmq:4", new InvalidOperationException("outer", new IOException(NoRegistry)));

        var lines = failure.Message.Split(Environment.NewLine);
        Assert.Equal(
            "rabbitmq did not start: the engine has no image rabbitmq:4 and could not pull it "
            + "(Get \"https://registry-1.docker.io/v2/\": dial tcp: lookup registry-1.docker.io: no such host).",
            lines[0]);
        Assert.StartsWith(
            "Give the engine access to the image's registry, load the image (docker load), or ", lines[1], StringComparison.Ordinal);
        Assert.Equal(2, lines.Length);
    }

    [Theory]
    [InlineData(
        "Docker API responded with status code='BadRequest', "
        + "response='{\"message\":\"client version 1.44 is too new. Maximum supported API version is 1.41\"}\n'",
        "client version 1.44 is too new. Maximum supported API version is 1.41")]
    [InlineData(
        "Docker API responded with status code='NotFound', response='page not found'",
        "Docker API responded with status code='NotFound', response='page not found'")]
    [InlineData(
        "Docker API responded with status code='NotFound', response='{}'",
        "Docker API responded with status code='NotFound', response='{}'")]
    [InlineData(
        "Docker API responded with status code='NotFound', response='[]'",
        "Docker API responded with status code='NotFound', response='[]'")]
    [InlineData("A line.\nAnd another.", "A line")]
    public void The_reason_is_the_engines_own_message(string message, string expected) =>
        Assert.Equal(expected, EngineFailure.Reason(new IOException(message)));

    [Fact]
    public void A_remote_engine_is_rejected_by_name()
    {
        var failure = EngineFailure.Elsewhere(new Uri("tcp://builder:2375"));

        Assert.StartsWith(
            "Docker did not start: DOCKER_HOST names an engine on another machine (builder)", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_container_that_exited_is_reported_with_its_log_and_its_image()
    {
        var failure = EngineFailure.Container("postgres", "postgres:17", "its container exited.", ["no space left"], inner: null);

        Assert.StartsWith(
            $"postgres did not start: its container exited.{Environment.NewLine}"
            + $"  | no space left{Environment.NewLine}"
            + "It ran from the image postgres:17.",
            failure.Message,
            StringComparison.Ordinal);
    }
}
