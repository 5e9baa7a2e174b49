using Xunit;

namespace LastMile.Events.EndToEnd.Tests;

/// <summary>A line that is gone for a minute. It is, in regions of its own, from the start of the system on: this sees how it ended.</summary>
[Collection<SystemTests>]
public sealed class LongOutageTests(RunningSystem system)
{
    [Fact]
    public Task A_line_that_is_cut_for_60_s_while_50_000_purges_are_made() => system.LongOutage;
}
