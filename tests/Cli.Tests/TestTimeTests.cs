using LastMile.Events.Cli.Tests;
using Xunit;

namespace Cli.Tests;

public sealed class TestTimeTests
{
    [Fact]
    public void The_slowest_tests_of_a_result_file_are_listed_first()
    {
        var times = TestTime.Parse(
            "Redis.Tests",
            """
            <assemblies><assembly><collection>
              <test type="Redis.Tests.EpochTests" method="One" time="0.5" />
              <test type="Redis.Tests.EpochTests" method="Two" time="2.25" />
            </collection></assembly></assemblies>
            """);

        Assert.Equal([new("Redis.Tests", "EpochTests.Two", 2.25), new("Redis.Tests", "EpochTests.One", 0.5)], times);
    }
}
