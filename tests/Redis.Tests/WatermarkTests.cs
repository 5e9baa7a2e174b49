using CsCheck;
using LastMile.Events.Redis;
using Xunit;

namespace Redis.Tests;

public sealed class WatermarkTests
{
    private static readonly Gen<Watermark> Watermarks =
        Gen.Select(Gen.Long[1, long.MaxValue], Gen.Long[0, long.MaxValue], (epoch, sequence) => new Watermark(epoch, sequence));

    private static readonly Gen<Watermark> Near =
        Gen.Select(Gen.Long[1, 3], Gen.Long[0, 3], (epoch, sequence) => new Watermark(epoch, sequence));

    [Theory]
    [InlineData("1-0", 1, 0)]
    [InlineData("3-1042", 3, 1042)]
    [InlineData("9223372036854775807-9223372036854775807", long.MaxValue, long.MaxValue)]
    public void A_watermark_is_parsed_from_its_text(string text, long epoch, long sequence)
    {
        Assert.True(Watermark.TryParse(text, out var watermark));

        Assert.Equal(new Watermark(epoch, sequence), watermark);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("-")]
    [InlineData("3")]
    [InlineData("3-")]
    [InlineData("-3")]
    [InlineData("0-1")]
    [InlineData("-1-1")]
    [InlineData("1--1")]
    [InlineData("1-2-3")]
    [InlineData(" 1-2")]
    [InlineData("1-2 ")]
    [InlineData("+1-2")]
    [InlineData("1.0-2")]
    [InlineData("a-b")]
    [InlineData("1-9223372036854775808")]
    public void Malformed_text_is_not_a_watermark(string? text)
    {
        Assert.False(Watermark.TryParse(text, out var watermark));

        Assert.Equal(default, watermark);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(-1, 0)]
    [InlineData(1, -1)]
    public void A_watermark_out_of_range_is_refused(long epoch, long sequence) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new Watermark(epoch, sequence));

    [Fact]
    public void A_watermark_survives_a_round_trip_through_its_text() =>
        Watermarks.Sample(watermark => Watermark.TryParse(watermark.ToString(), out var read) && read == watermark);

    [Fact]
    public void Watermarks_are_ordered_by_epoch_then_by_sequence() =>
        Gen.Select(Gen.OneOf(Watermarks, Near), Gen.OneOf(Watermarks, Near)).Sample((left, right) =>
        {
            var order = left.Epoch != right.Epoch ? left.Epoch.CompareTo(right.Epoch) : left.Sequence.CompareTo(right.Sequence);
            return Math.Sign(left.CompareTo(right)) == order
                && left < right == order < 0
                && left > right == order > 0
                && left <= right == order <= 0
                && left >= right == order >= 0;
        });

    [Fact]
    public void The_default_sorts_before_every_watermark() => Watermarks.Sample(watermark => default(Watermark) < watermark);
}
