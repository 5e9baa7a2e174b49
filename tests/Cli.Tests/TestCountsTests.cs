using LastMile.Events.Cli.Tests;
using Xunit;

namespace Cli.Tests;

public sealed class TestCountsTests
{
    [Fact]
    public void Counts_are_read_from_a_result_file()
    {
        var counts = TestCounts.Parse("""<assemblies><assembly passed="9" failed="2" skipped="1" errors="0" /></assemblies>""");

        Assert.Equal(new TestCounts(9, 2, 1), counts);
    }

    [Fact]
    public void An_error_outside_a_test_counts_as_a_failure()
    {
        var counts = TestCounts.Parse("""<assemblies><assembly passed="9" failed="0" skipped="0" errors="1" /></assemblies>""");

        Assert.Equal(new TestCounts(9, 1, 0), counts);
    }

    [Theory]
    [InlineData(3, 0, 0, true)]
    [InlineData(3, 0, 2, true)]
    [InlineData(3, 1, 0, false)]
    [InlineData(0, 0, 0, false)]
    [InlineData(0, 0, 5, false)]
    public void A_run_succeeds_when_a_test_ran_and_none_failed(int passed, int failed, int skipped, bool expected)
    {
        Assert.Equal(expected, new TestCounts(passed, failed, skipped).Succeeded);
    }

    [Theory]
    [InlineData(0, 0, 0)]
    [InlineData(0, 134, 1)]
    [InlineData(2, 1, 2)]
    public void A_nonzero_exit_code_without_a_failed_test_counts_as_one_failure(int failed, int exitCode, int expected)
    {
        Assert.Equal(expected, new TestCounts(5, failed, 0).WithExitCode(exitCode).Failed);
    }

    [Fact]
    public void The_sum_of_projects_has_the_format_that_scripts_parse()
    {
        var sum = new TestCounts(10, 0, 1) + new TestCounts(5, 2, 0);

        Assert.Equal("15 passed, 2 failed, 1 skipped", sum.ToString());
    }
}
