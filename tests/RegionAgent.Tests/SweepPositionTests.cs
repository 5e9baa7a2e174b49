using LastMile.Events.RegionAgent.Repair;
using Xunit;

namespace RegionAgent.Tests;

public sealed class SweepPositionTests
{
    private static readonly Guid Batch = Guid.Parse("01890000-0000-7000-8000-000000000001");

    [Fact]
    public void A_saved_position_is_read_unchanged()
    {
        var position = new SweepPosition(Batch, "a1b2:18446744073709551615", 12_000, 70);

        Assert.Equal(position, SweepPosition.Read(position.ToString(), Batch));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("01890000-0000-7000-8000-000000000002 9 9 9")]
    [InlineData("01890000-0000-7000-8000-000000000001 9 9")]
    [InlineData("01890000-0000-7000-8000-000000000001 9 9 9 9")]
    [InlineData("01890000-0000-7000-8000-000000000001 9 nine 9")]
    [InlineData("rubbish 9 9 9")]
    public void A_scan_without_a_saved_position_of_its_purge_starts_at_the_beginning(string? saved) =>
        Assert.Equal(new SweepPosition(Batch, "", 0, 0), SweepPosition.Read(saved, Batch));
}
