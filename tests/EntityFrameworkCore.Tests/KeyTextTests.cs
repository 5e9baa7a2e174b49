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
    public async Task Double_precision_has_the_same_text() => await keys.AssertSameTextAsync(
        "double precision",
        [
            1e23, 9007199254740993, 9007199254740992, 5e-324, 2.2250738585072014e-308, 2.225073858507201e-308,
            double.MaxValue, double.MinValue, 1e20, 1e15, 1e14,
            123456789012345, 1234567890123456, 0.0001, 0.00001, -0.00012345, 0.1, 0.3, 1.0 / 3, 100, -1.5, 0, -0.0,
            double.NaN, double.PositiveInfinity, double.NegativeInfinity,
            .. Random(Gen.ULong.Select(bits => BitConverter.UInt64BitsToDouble(bits))),
            .. Random(Gen.Int[-1_000_000, 1_000_000].Select(hundredths => hundredths / 100.0)),
            .. Enumerable.Range(-1074, 2098).Where(power => power % 7 == 0).Select(power => Math.ScaleB(1, power)),
        ]);

    [Fact]
    public async Task Real_has_the_same_text() => await keys.AssertSameTextAsync(
        "real",
        [
            1e7f, 1e6f, 999999f, 123456.7f, 0.0001f, 0.00001f, 1e-45f, 1.17549435e-38f, float.MaxValue, float.MinValue,
            16777216f, 8388608.5f, 0.1f, -0f, float.NaN,
            .. Random(Gen.UInt.Select(bits => BitConverter.UInt32BitsToSingle(bits))),
            .. Enumerable.Range(-149, 277).Select(power => MathF.ScaleB(1, power)),
        ]);

    [Fact]
    public async Task Numeric_with_a_scale_has_the_same_text() => await keys.AssertSameTextAsync(
        "numeric(10,2)",
        [
            1.5m, 1.50m, 1.500m, 1, 0, -0.001m, 0.005m, -0.005m, 0.015m, -1.005m, 99999999.99m,
            .. Random(Gen.Int.Select(thousandths => thousandths / 1000m)),
        ]);

    [Theory]
    [InlineData("numeric(12)")]
    [InlineData("decimal(20, 0)")]
    public async Task Numeric_without_fractional_digits_has_the_same_text(string type) =>
        await keys.AssertSameTextAsync(type, [1.5m, 2.5m, -2.5m, 0.4m, 123456789012m]);

    [Fact]
    public async Task A_big_integer_has_the_same_text() =>
        await keys.AssertSameTextAsync("numeric(40,2)", [BigInteger.Zero, BigInteger.MinusOne, BigInteger.Pow(10, 37)]);

    [Fact]
    public async Task Whole_numbers_have_the_same_text()
    {
        await keys.AssertSameTextAsync("integer", [0, -5, int.MaxValue, int.MinValue]);
        await keys.AssertSameTextAsync("bigint", [0, -5, long.MaxValue, long.MinValue]);
        await keys.AssertSameTextAsync("smallint", [(short)0, (short)-5, short.MaxValue]);
        await keys.AssertSameTextAsync("", [0UL, ulong.MaxValue]);
        await keys.AssertSameTextAsync("", [(sbyte)-5, sbyte.MaxValue]);
    }

    [Fact]
    public async Task Booleans_uuids_and_bytes_have_the_same_text()
    {
        await keys.AssertSameTextAsync("boolean", [true, false]);
        await keys.AssertSameTextAsync("uuid", [Guid.Empty, Guid.Parse("A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11")]);
        await keys.AssertSameTextAsync<byte[]>("bytea", [[], [0xDE, 0xAD, 0x00]]);
        await keys.AssertSameTextAsync("bit varying(5)", [new BitArray([true, false, true]), new BitArray(0)]);
    }

    [Fact]
    public async Task Texts_have_the_same_text()
    {
        await keys.AssertSameTextAsync("text", ["", " ", "a:b", "Straße {x} \U0001F600", .. RandomTexts()]);
        await keys.AssertSameTextAsync("varchar(3)", ["ab", "abc", "ab   ", "a\U0001F600b  "]);
        await keys.AssertSameTextAsync("citext", ["Shoe", "SHOE"], model: model => model.HasPostgresExtension("citext"));
        await keys.AssertSameTextAsync<LTree>("ltree", ["Top.Science", "top"], model: model => model.HasPostgresExtension("ltree"));
    }

    [Fact]
    public async Task Enums_have_the_same_text_in_every_stored_form()
    {
        Grade[] grades = [Grade.InProgress, Grade.Done];

        await keys.AssertSameTextAsync("", grades);
        await keys.AssertSameTextAsync("", grades, grade => grade.HasConversion<string>());
        await keys.AssertSameTextAsync("", grades, options: options => new NpgsqlDbContextOptionsBuilder(options).MapEnum<Grade>("grade"));
    }

    [Fact]
    public async Task Typed_ids_have_the_same_text()
    {
        await keys.AssertSameTextAsync(
            "", [new ProductId(7)], id => id.HasConversion(typed => typed.Value, stored => new ProductId(stored)));
        await keys.AssertSameTextAsync("", [true, false], flag => flag.HasConversion(value => value ? "Y" : "N", stored => stored == "Y"));
    }

    [Fact]
    public async Task Dates_have_the_same_text()
    {
        DateTime[] times =
            [new(2024, 3, 1, 10, 30, 0, 500), new(1, 1, 2), new(1999, 12, 31, 23, 59, 59), DateTime.MinValue, DateTime.MaxValue];

        await keys.AssertSameTextAsync<DateOnly>(
            "date", [new(2024, 3, 1), new(1, 1, 2), new(9999, 12, 30), DateOnly.MinValue, DateOnly.MaxValue]);
        await keys.AssertSameTextAsync("date", times);
    }

    [Theory]
    [InlineData("timestamp")]
    [InlineData("timestamp(0)")]
    [InlineData("timestamp(3) without time zone")]
    public async Task Timestamps_have_the_same_text(string type) =>
        await keys.AssertSameTextAsync(
            type, [DateTime.MinValue, DateTime.MaxValue, .. Times(), .. Random(Ticks.Select(ticks => new DateTime(ticks)))]);

    [Theory]
    [InlineData("timestamptz")]
    [InlineData("timestamp(2) with time zone")]
    public async Task Timestamps_with_a_zone_have_the_same_text(string type)
    {
        DateTime[] times =
        [
            DateTime.MinValue, DateTime.MaxValue,
            .. Times().Select(Utc),
            .. Random(Ticks.Select(ticks => Utc(new DateTime(ticks)))),
        ];

        await keys.AssertSameTextAsync(type, times);
        await keys.AssertSameTextAsync(type, [.. times.Select(time => new DateTimeOffset(Utc(time)))]);
    }

    [Theory]
    [InlineData("time")]
    [InlineData("time(0)")]
    [InlineData("time(4) without time zone")]
    public async Task Times_of_day_have_the_same_text(string type)
    {
        TimeSpan[] times =
        [
            TimeSpan.Zero, new(10, 30, 0), new(0, 1, 2, 3, 4, 5), new TimeSpan(TimeSpan.TicksPerDay - 1),
            .. Random(Gen.Long[0, TimeSpan.TicksPerDay - 1].Select(ticks => new TimeSpan(ticks))),
        ];

        await keys.AssertSameTextAsync(type, times);
        // Times in the last half second round to midnight of the next day, which TimeOnly can't represent.
        await keys.AssertSameTextAsync(type, [.. times.Where(time => time < new TimeSpan(23, 59, 59)).Select(TimeOnly.FromTimeSpan)]);
    }

    [Fact]
    public async Task Times_with_a_zone_have_the_same_text() => await keys.AssertSameTextAsync(
        "timetz",
        [
            new DateTimeOffset(2024, 3, 1, 10, 30, 0, 500, new TimeSpan(5, 30, 0)),
            new DateTimeOffset(2024, 3, 1, 0, 0, 1, new TimeSpan(-9, -30, 0)),
            new DateTimeOffset(2024, 3, 1, 9, 0, 0, TimeSpan.Zero),
        ]);

    [Theory]
    [InlineData("interval")]
    [InlineData("interval(2)")]
    public async Task Intervals_have_the_same_text(string type) => await keys.AssertSameTextAsync(
        type,
        [
            TimeSpan.Zero, new(1, 2, 0, 0), new(-1, -2, -3, -4, -5, -600), new(0, 0, 0, 0, -500), new(0, 0, 0, 59, 999, 999),
            new(3, 0, 0, 0), new(0, 26, 0, 0), new(0, 0, 5, 0),
            .. Random(Gen.Long[-TimeSpan.TicksPerDay * 400, TimeSpan.TicksPerDay * 400].Select(ticks => new TimeSpan(ticks))),
        ]);

    [Fact]
    public async Task Network_addresses_have_the_same_text()
    {
        await keys.AssertSameTextAsync(
            "cidr", [IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("10.0.0.1/32"), IPNetwork.Parse("2001:db8::/32")]);
        await keys.AssertSameTextAsync("macaddr", [PhysicalAddress.Parse("08002B010203")]);
        await keys.AssertSameTextAsync("macaddr8", [PhysicalAddress.Parse("08002B0102030405"), PhysicalAddress.Parse("08002B010203")]);
    }

    [Fact]
    public async Task Inet_has_the_same_text()
    {
        await keys.AssertSameTextAsync(
            "inet",
            [.. Addresses().Select(IPAddress.Parse), .. Random(Gen.Byte.List[16, 16].Select(bytes => new IPAddress([.. bytes])))]);
        await keys.AssertSameTextAsync<NpgsqlTypes.NpgsqlInet>("inet", [new("10.0.0.1/8"), new("10.0.0.1"), new("::1/64"), new("::1/128")]);
    }

    [Fact]
    public async Task A_padded_text_has_the_same_text()
    {
        await keys.AssertSameTextAsync("char(5)", ["AB", "", "ABCDE", "\U0001F600", "AB        "]);
        await keys.AssertSameTextAsync("", ['x', 'é', ' ']);
    }

    private static readonly Gen<long> Ticks = Gen.Long[new DateTime(1600, 1, 1).Ticks, new DateTime(9000, 1, 1).Ticks];

    private static List<T> Random<T>(Gen<T> values) => values.List[150, 150].Single();

    private static List<string> RandomTexts() =>
        Random(Gen.Int[' ', 0xD7FF].List[0, 12].Select(characters => string.Concat(characters.Select(character => (char)character))));

    private static DateTime[] Times() =>
    [
        new(2024, 3, 1, 10, 30, 0, 500),
        new(1999, 12, 31, 23, 59, 59, 999, 999),
        new DateTime(1999, 12, 31).AddTicks(5),
        new(1, 1, 1, 0, 0, 1),
        new(9999, 12, 31, 23, 0, 0),
    ];

    private static DateTime Utc(DateTime time) => DateTime.SpecifyKind(time, DateTimeKind.Utc);

    private static string[] Addresses() =>
    [
        "10.0.0.1", "0.0.0.0", "255.255.255.255", "::", "::1", "::5", "::1.2.3.4", "::ffff:1.2.3.4", "::ffff:0:1.2.3.4",
        "fe80::5efe:10.0.0.1", "2001:db8::1",
        "2001:db8:0:0:1:0:0:1", "1:0:0:2:0:0:0:3", "1:2:3:4:5:6:7:0", "0:2:3:4:5:6:7:8", "1:2:3:4:5:6:0:0", "1:2:3:0:5:6:7:8",
        "64:ff9b::1.2.3.4",
    ];

    private readonly record struct ProductId(int Value);
}
