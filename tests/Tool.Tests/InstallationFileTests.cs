using LastMile.Events.Tool.Installation;
using Xunit;

namespace Tool.Tests;

public sealed class InstallationFileTests : IDisposable
{
    private const string Smallest =
        """
        {
          // A comment.
          "Postgres": { "ConnectionString": "Host=db;Password=${TOOL_TESTS_PASSWORD}" },
          "Redis": { "ConnectionString": "primary:6379" },
          "RabbitMq": { "Uri": "amqp://broker" },
        }
        """;

    private readonly string path = Path.GetTempFileName();

    public InstallationFileTests() => Environment.SetEnvironmentVariable("TOOL_TESTS_PASSWORD", "a\"b");

    public void Dispose() => File.Delete(path);

    [Fact]
    public void A_text_may_name_an_environment_variable() =>
        Assert.Equal("Host=db;Password=a\"b", Read(Smallest).Postgres.ConnectionString);

    [Fact]
    public void A_region_is_replicated_unless_it_says_otherwise()
    {
        var read = Read(Smallest.Replace(
            "\"RabbitMq\"",
            """ "Regions": { "ams": { "Redis": { "ConnectionString": "ams:6379" } } }, "RabbitMq" """,
            StringComparison.Ordinal));

        Assert.Equal("Replicated", Assert.Single(read.Regions).Value.Topology);
    }

    [Theory]
    [InlineData("TOOL_TESTS_PASSWORD", "TOOL_TESTS_NOWHERE", "names the environment variable TOOL_TESTS_NOWHERE, which is not set.")]
    [InlineData("\"Uri\"", "\"Url\"", "'Url'")]
    [InlineData("\"ConnectionString\": \"primary:6379\"", "", "'ConnectionString'")]
    [InlineData("\"amqp://broker\"", "null", "'Uri'")]
    [InlineData("\"amqp://broker\" }", "\"amqp://broker\"", "is invalid")]
    [InlineData("\"RabbitMq\"", "\"Redis\": { \"ConnectionString\": \"other:6379\" }, \"RabbitMq\"", "Redis")]
    [InlineData("\"RabbitMq\"", "\"Regions\": { \"ams\": null }, \"RabbitMq\"", "Regions:ams is null")]
    [InlineData("\"RabbitMq\"", "\"ApplicationRabbitMq\": { \"shop\": null }, \"RabbitMq\"", "ApplicationRabbitMq:shop is null")]
    public void An_invalid_file_is_rejected_with_its_name_and_the_reason(string text, string broken, string reason)
    {
        var failure = Assert.Throws<InstallationFileException>(() => Read(Smallest.Replace(text, broken, StringComparison.Ordinal)));

        Assert.StartsWith(path, failure.Message, StringComparison.Ordinal);
        Assert.Contains(reason, failure.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void A_missing_file_is_reported()
    {
        var failure = Assert.Throws<InstallationFileException>(() => InstallationFile.Read(path + ".none"));

        Assert.StartsWith($"{path}.none can't be read", failure.Message, StringComparison.Ordinal);
    }

    private InstallationSettings Read(string content)
    {
        File.WriteAllText(path, content);
        return InstallationFile.Read(path);
    }
}
