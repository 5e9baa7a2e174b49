using LastMile.Events.Cli.Tests;
using Xunit;

namespace Cli.Tests;

public sealed class TestFilterTests
{
    [Fact]
    public void Long_tests_and_tests_that_measure_time_are_excluded_by_default() =>
        Assert.Equal(["-trait-", "kind=long", "-trait-", "kind=measures-time"], new TestFilter([], All: false).Arguments);

    [Fact]
    public void All_includes_the_long_tests() => Assert.Equal(["-trait-", "kind=measures-time"], new TestFilter([], All: true).Arguments);

    [Fact]
    public void Tests_that_measure_time_run_alone() =>
        Assert.Equal(
            ["-method", "*carrier*", "-trait-", "kind=long", "-trait", "kind=measures-time"],
            new TestFilter(["carrier"], All: false) { Alone = true }.Arguments);
}
