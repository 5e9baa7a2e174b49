using LastMile.Events.Cli.Tests;
using Xunit;

namespace Cli.Tests;

public sealed class TestFailureTests
{
    private const string OneFailed =
        """
        <assemblies><assembly>
          <errors>
            <error type="assembly-cleanup" name="Redis.Tests.dll"><failure><message>The server is gone.</message></failure></error>
          </errors>
          <collection>
            <test name="Redis.Tests.EpochTests.One(kind: 1)" result="Fail">
              <failure><message><![CDATA[Expected: 1
        Actual:   2]]></message><stack-trace>at One()</stack-trace></failure>
            </test>
            <test name="Redis.Tests.EpochTests.Two" result="Pass" />
          </collection>
        </assembly></assemblies>
        """;

    private const string NoneFailed =
        """<assemblies><assembly><collection><test name="One" result="Pass" /></collection></assembly></assemblies>""";

    [Fact]
    public void Failed_tests_and_errors_outside_tests_are_read_with_their_messages()
    {
        Assert.Equal(
            [new("Redis.Tests.dll", "The server is gone."), new("Redis.Tests.EpochTests.One(kind: 1)", "Expected: 1\nActual:   2")],
            TestFailure.Parse("Redis.Tests", OneFailed.ReplaceLineEndings("\n"), exitCode: 2));
    }

    [Fact]
    public void A_nonzero_exit_code_without_a_failed_test_is_a_failure_of_the_project()
    {
        Assert.Equal(
            [new("Redis.Tests", "No test failed, but the exit code was 134.")],
            TestFailure.Parse("Redis.Tests", NoneFailed, exitCode: 134));
    }

    [Fact]
    public void A_project_without_a_failure_has_none_to_show()
    {
        Assert.Empty(TestFailure.Parse("Redis.Tests", NoneFailed, exitCode: 0));
    }
}
