using System.Collections;
using System.Net;
using System.Net.NetworkInformation;
using System.Numerics;
using CsCheck;
using Microsoft.EntityFrameworkCore;
using Npgsql.EntityFrameworkCore.PostgreSQL.Infrastructure;
using Xunit;

namespace EntityFrameworkCore.Tests;

/// <summary>Compares the readers' keys with those of the triggers, for special and random values of each type.</summary>
public sealed class KeyTextTests(ShopDatabase database) : IClassFixture<ShopDatabase>
{
    private readonly KeyComparison keys = new(database);

    private enum Grade
    {
        InProgress,
        Done,
    }

    [Fact]
    public async Task Double_precision_is_alike() => await keys.AssertAlikeAsync(
        "double precision",
        [
            1e23, 9007199254740993, 9007199254740992, 5e-324, 2.2250738585072014e-308, 2.225073858507201e-308, double.MaxValue, double.MinValue, 1e20, 1e15, 1e14,
            123456789012345, 1234567890123456, 0.0001, 0.00001, -0.00012345, 0.1, 0.3, 1.0 / 3, 100, -1.5, 0, -0.0, double.NaN, double.PositiveInfinity, double.NegativeInfinity,
            .. Random(Gen.ULong.Select(bits => BitConverter.UInt64BitsToDouble(bits))),
            .. Random(Gen.Int[-1_000_000, 1_000_000].Select(hundredths => hundredths / 100.0)),
            .. Enumerable.Range(-1074, 2098).Where(power => power % 7 == 0).Select(power => Math.ScaleB(1, power)),
        ]);

    [Fact]
    public async Task Real_is_alike() => await keys.AssertAlikeAsync(
        "real",
        [
            1e7f, 1e6f, 999999f, 123456.7f, 0.0001f, 0.00001f, 1e-45f, 1.17549435e-38f, float.MaxValue, float.MinValue, 16777216f, 8388608.5f, 0.1f, -0f, float.NaN,
            .. Random(Gen.UInt.Select(bits => BitConverter.UInt32BitsToSingle(bits))),
            .. Enumerable.Range(-149, 277).Select(power => MathF.ScaleB(1, power)),
        ]);

    [Fact]
    public async Task Numeric_with_a_scale_is_alike() => await keys.AssertAlikeAsync(
        "numeric(10,2)",
        [1.5m, 1.50m, 1.500m, 1, 0, -0.001m, 0.005m, -0.005m, 0.015m, -1.005m, 99999999.99m, .. Random(Gen.Int.Select(thousandths => thousandths / 1000m))]);

    [Theory]
    [InlineData("numeric(12)")]
    [InlineData("decimal(20, 0)")]
    public async Task Numeric_without_fractional_digits_is_alike(string type) =>
        await keys.AssertAlikeAsync(type, [1.5m, 2.5m, -2.5m, 0.4m, 123456789012m]);

    [Fact]
    public async Task A_big_integer_is_alike() =>
        await keys.AssertAlikeAsync("numeric(40,2)", [BigInteger.Zero, BigInteger.MinusOne, BigInteger.Pow(10, 37)]);

    [Fact]
    public async Task Whole_numbers_are_alike()
    {
        await keys.AssertAlikeAsync("integer", [0, -5, int.MaxValue, int.MinValue]);
        await keys.AssertAlikeAsync("bigint", [0, -5, long.MaxValue, long.MinValue]);
        await keys.AssertAlikeAsync("smallint", [(short)0, (short)-5, short.MaxValue]);
        await keys.AssertAlikeAsync("", [0UL, ulong.MaxValue]);
        await keys.AssertAlikeAsync("", [(sbyte)-5, sbyte.MaxValue]);
    }

    [Fact]
    public async Task Booleans_uuids_and_bytes_are_alike()
    {
        await keys.AssertAlikeAsync("boolean", [true, false]);
        await keys.AssertAlikeAsync("uuid", [Guid.Empty, Guid.Parse("A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11")]);
        await keys.AssertAlikeAsync<byte[]>("bytea", [[], [0xDE, 0xAD, 0x00]]);
        await keys.AssertAlikeAsync("bit varying(5)", [new BitArray([true, false, true]), new BitArray(0)]);
    }

    [Fact]
    public async Task Texts_are_alike()
    {
        await keys.AssertAlikeAsync("text", ["", " ", "a:b", "Straße {x} \U0001F600", .. RandomTexts()]);
        await keys.AssertAlikeAsync("varchar(3)", ["ab", "abc", "ab   ", "a\U0001F600b  "]);
        await keys.AssertAlikeAsync("citext", ["Shoe", "SHOE"], model: model => model.HasPostgresExtension("citext"));
        await keys.AssertAlikeAsync<LTree>("ltree", ["Top.Science", "top"], model: model => model.HasPostgresExtension("ltree"));
    }

    [Fact]
    public async Task Enums_are_alike_in_every_stored_form()
    {
        Grade[] grades = [Grade.InProgress, Grade.Done];

        await keys.AssertAlikeAsync("", grades);
        await keys.AssertAlikeAsync("", grades, grade => grade.HasConversion<string>());
        await keys.AssertAlikeAsync("", grades, options: options => new NpgsqlDbContextOptionsBuilder(options).MapEnum<Grade>("grade"));
    }

    [Fact]
    public async Task Typed_ids_are_alike()
    {
        await keys.AssertAlikeAsync("", [new ProductId(7)], id => id.HasConversion(typed => typed.Value, stored => new ProductId(stored)));
        await keys.AssertAlikeAsync("", [true, false], flag => flag.HasConversion(value => value ? "Y" : "N", stored => stored == "Y"));
    }

    [Fact]
    public async Task Dates_are_alike()
    {
        DateTime[] times = [new(2024, 3, 1, 10, 30, 0, 500), new(1, 1, 2), new(1999, 12, 31, 23, 59, 59), DateTime.MinValue, DateTime.MaxValue];

        await keys.AssertAlikeAsync<DateOnly>("date", [new(2024, 3, 1), new(1, 1, 2), new(9999, 12, 30), DateOnly.MinValue, DateOnly.MaxValue]);
        await keys.AssertAlikeAsync("date", times);
    }

    [Theory]
    [InlineData("timestamp")]
    [InlineData("timestamp(0)")]
    [InlineData("timestamp(3) without time zone")]
    public async Task Timestamps_are_alike(string type) =>
        await keys.AssertAlikeAsync(type, [DateTime.MinValue, DateTime.MaxValue, .. Times(), .. Random(Ticks.Select(ticks => new DateTime(ticks)))]);

    [Theory]
    [InlineData("timestamptz")]
    [InlineData("timestamp(2) with time zone")]
    public async Task Timestamps_with_a_zone_are_alike(string type)
    {
        DateTime[] times = [DateTime.MinValue, DateTime.MaxValue, .. Times().Select(Utc), .. Random(Ticks.Select(ticks => Utc(new DateTime(ticks))))];

        await keys.AssertAlikeAsync(type, times);
        await keys.AssertAlikeAsync(type, [.. times.Select(time => new DateTimeOffset(Utc(time)))]);
    }

    [Theory]
    [InlineData("time")]
    [InlineData("time(0)")]
    [InlineData("time(4) without time zone")]
    public async Task Times_of_day_are_alike(string type)
    {
        TimeSpan[] times = [TimeSpan.Zero, new(10, 30, 0), new(0, 1, 2, 3, 4, 5), new TimeSpan(TimeSpan.TicksPerDay - 1), .. Random(Gen.Long[0, TimeSpan.TicksPerDay - 1].Select(ticks => new TimeSpan(ticks)))];

        await keys.AssertAlikeAsync(type, times);
        // Times in the last half second round to midnight of the next day, which TimeOnly can't represent.
        await keys.AssertAlikeAsync(type, [.. times.Where(time => time < new TimeSpan(23, 59, 59)).Select(TimeOnly.FromTimeSpan)]);
    }

    [Fact]
    public async Task Times_with_a_zone_are_alike() => await keys.AssertAlikeAsync(
        "timetz",
        [new DateTimeOffset(2024, 3, 1, 10, 30, 0, 500, new TimeSpan(5, 30, 0)), new DateTimeOffset(2024, 3, 1, 0, 0, 1, new TimeSpan(-9, -30, 0)), new DateTimeOffset(2024, 3, 1, 9, 0, 0, TimeSpan.Zero)]);

    [Theory]
    [InlineData("interval")]
    [InlineData("interval(2)")]
    public async Task Intervals_are_alike(string type) => await keys.AssertAlikeAsync(
        type,
        [
            TimeSpan.Zero, new(1, 2, 0, 0), new(-1, -2, -3, -4, -5, -600), new(0, 0, 0, 0, -500), new(0, 0, 0, 59, 999, 999), new(3, 0, 0, 0), new(0, 26, 0, 0), new(0, 0, 5, 0),
            .. Random(Gen.Long[-TimeSpan.TicksPerDay * 400, TimeSpan.TicksPerDay * 400].Select(ticks => new TimeSpan(ticks))),
        ]);

    [Fact]
    public async Task Network_addresses_are_alike()
    {
        await keys.AssertAlikeAsync("cidr", [IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("10.0.0.1/32"), IPNetwork.Parse("2001:db8::/32")]);
        await keys.AssertAlikeAsync("macaddr", [PhysicalAddress.Parse("08002B010203")]);
        await keys.AssertAlikeAsync("macaddr8", [PhysicalAddress.Parse("08002B0102030405"), PhysicalAddress.Parse("08002B010203")]);
    }

    [Fact]
    public async Task Inet_is_alike()
    {
        await keys.AssertAlikeAsync("inet", [.. Addresses().Select(IPAddress.Parse), .. Random(Gen.Byte.List[16, 16].Select(bytes => new IPAddress([.. bytes])))]);
        await keys.AssertAlikeAsync<NpgsqlTypes.NpgsqlInet>("inet", [new("10.0.0.1/8"), new("10.0.0.1"), new("::1/64"), new("::1/128")]);
    }

    [Fact]
    public async Task A_padded_text_is_alike()
    {
        await keys.AssertAlikeAsync("char(5)", ["AB", "", "ABCDE", "\U0001F600", "AB        "]);
        await keys.AssertAlikeAsync("", ['x', 'é', ' ']);
    }

    private static readonly Gen<long> Ticks = Gen.Long[new DateTime(1600, 1, 1).Ticks, new DateTime(9000, 1, 1).Ticks];

    private static List<T> Random<T>(Gen<T> values) => values.List[150, 150].Single();

    private static List<string> RandomTexts() => Random(Gen.Int[' ', 0xD7FF].List[0, 12].Select(characters => string.Concat(characters.Select(character => (char)character))));

    private static DateTime[] Times() =>
        [new(2024, 3, 1, 10, 30, 0, 500), new(1999, 12, 31, 23, 59, 59, 999, 999), new DateTime(1999, 12, 31).AddTicks(5), new(1, 1, 1, 0, 0, 1), new(9999, 12, 31, 23, 0, 0)];

    private static DateTime Utc(DateTime time) => DateTime.SpecifyKind(time, DateTimeKind.Utc);

    private static string[] Addresses() =>
    [
        "10.0.0.1", "0.0.0.0", "255.255.255.255", "::", "::1", "::5", "::1.2.3.4", "::ffff:1.2.3.4", "::ffff:0:1.2.3.4", "fe80::5efe:10.0.0.1", "2001:db8::1",
        "2001:db8:0:0:1:0:0:1", "1:0:0:2:0:0:0:3", "1:2:3:4:5:6:7:0", "0:2:3:4:5:6:7:8", "1:2:3:4:5:6:0:0", "1:2:3:0:5:6:7:8", "64:ff9b::1.2.3.4",
    ];

    private readonly record struct ProductId(int Value);
}
