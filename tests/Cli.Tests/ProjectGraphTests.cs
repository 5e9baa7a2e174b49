using LastMile.Events.Cli.Tests;
using Xunit;

namespace Cli.Tests;

public sealed class ProjectGraphTests
{
    private const string Tests = "tests/Redis.Tests/Redis.Tests.csproj";

    private static readonly ProjectGraph Graph = new(
    [
        new(Tests, ["contracts/Redis/Redis.csproj"]),
        new("contracts/Redis/Redis.csproj", ["contracts/Common/Common.csproj"]),
        new("contracts/Common/Common.csproj", []),
        new("services/Agent/Agent.csproj", ["contracts/Redis/Redis.csproj"]),
    ]);

    [Theory]
    [InlineData("tests/Redis.Tests/WatermarkTests.cs", true)]
    [InlineData("contracts/Redis/purge.lua", true)]
    [InlineData("contracts/Common/Names.cs", true)]
    [InlineData("services/Agent/Program.cs", false)]
    [InlineData("contracts/RedisOther/File.cs", false)]
    [InlineData("LICENSE", false)]
    [InlineData("README.md", true)]
    [InlineData("Directory.Packages.props", true)]
    [InlineData("deploy/redis-region.conf", true)]
    [InlineData("docs/plots/latency.svg", true)]
    public void A_project_depends_on_its_own_files_and_those_of_its_references(string file, bool expected) =>
        Assert.Equal(expected, Graph.DependsOnAny(Tests, [file]));

    [Fact]
    public void A_project_is_unaffected_when_no_file_changed() => Assert.False(Graph.DependsOnAny(Tests, []));
}
