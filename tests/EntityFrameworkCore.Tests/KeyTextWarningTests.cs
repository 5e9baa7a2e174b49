using LastMile.Events.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Npgsql.EntityFrameworkCore.PostgreSQL.Infrastructure;
using Xunit;

namespace EntityFrameworkCore.Tests;

/// <summary>Model building warns about some properties in templates, and rejects others.</summary>
public sealed class KeyTextWarningTests
{
    private enum Grade
    {
        InProgress,
        Done,
    }

    [Theory]
    [InlineData(nameof(Row.Flag), "Row.Flag (boolean)")]
    [InlineData(nameof(Row.Ratio), "Row.Ratio (double precision)")]
    [InlineData(nameof(Row.Price), "Row.Price (numeric(10,2))")]
    [InlineData(nameof(Row.At), "Row.At (timestamp with time zone)")]
    [InlineData(nameof(Row.Day), "Row.Day (date)")]
    [InlineData(nameof(Row.Bytes), "Row.Bytes (bytea)")]
    [InlineData(nameof(Row.Padded), "Row.Padded (character(5))")]
    [InlineData(nameof(Row.AsNumber), "Row.AsNumber (integer)")]
    [InlineData(nameof(Row.AsLabel), "Row.AsLabel (grade)")]
    [InlineData(nameof(Row.Typed), "Row.Typed (integer)")]
    public void A_property_whose_text_differs_from_ToString_logs_a_warning(string property, string expected)
    {
        var warning = Assert.Single(WarningsOf($"row:{{{property}}}"));

        Assert.Contains($"differs from their ToString(): {expected}.", warning, StringComparison.Ordinal);
        Assert.Contains("db.CacheKey<TEntity>(…)", warning, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(nameof(Row.Id))]
    [InlineData(nameof(Row.Name))]
    [InlineData(nameof(Row.Uid))]
    [InlineData(nameof(Row.Big))]
    [InlineData(nameof(Row.AsText))]
    [InlineData(nameof(Row.Maybe))]
    public void A_property_whose_text_equals_ToString_logs_no_warning(string property) =>
        Assert.Empty(WarningsOf($"row:{{{property}}}"));

    [Fact]
    public void The_warning_is_configured_like_those_of_EF_Core()
    {
        var ignored = WarningsOf(
            "row:{Flag}", options => options.ConfigureWarnings(warnings => warnings.Ignore(LastMileEventId.KeyTextDiffersFromToString)));
        var error = Assert.Throws<InvalidOperationException>(
            () => WarningsOf(
                "row:{Flag}",
                options => options.ConfigureWarnings(warnings => warnings.Throw(LastMileEventId.KeyTextDiffersFromToString))));

        Assert.Empty(ignored);
        Assert.Contains("Row.Flag (boolean)", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(
        "numeric",
        "which is stored as numeric without a declared scale, so 1.5 and 1.50 would be two keys. "
        + "Declare the scale, for example with HasPrecision(12, 2).")]
    [InlineData("money", "which is stored as money, whose values have no text form that the client and the server share")]
    [InlineData("a_domain", "which is stored as a_domain, whose values have no text form that the client and the server share")]
    public void A_property_that_client_and_server_would_write_differently_is_rejected(string type, string expected)
    {
        var error = Assert.Throws<InvalidOperationException>(() =>
            Shop.ModelOf(model => model.Entity<Row>().PurgesKey("row:{Price}").Property(row => row.Price).HasColumnType(type)));

        Assert.Contains($"Row: PurgesKey(\"row:{{Price}}\") names Price, {expected}", error.Message, StringComparison.Ordinal);
    }

    private static List<string> WarningsOf(string template, Action<DbContextOptionsBuilder>? configure = null)
    {
        var warnings = new List<string>();
        Shop.ModelOf(
            model =>
            {
                Map(model.Entity<Row>());
                model.Entity<Row>().PurgesKey(template);
            },
            options =>
            {
                new NpgsqlDbContextOptionsBuilder(options).MapEnum<Grade>("grade");
                options.LogTo(warnings.Add, (id, _) => id == LastMileEventId.KeyTextDiffersFromToString);
                configure?.Invoke(options);
            });
        return warnings;
    }

    private static void Map(EntityTypeBuilder<Row> row)
    {
        row.Property(entity => entity.Price).HasPrecision(10, 2);
        row.Property(entity => entity.Padded).HasColumnType("character(5)");
        row.Property(entity => entity.AsNumber).HasConversion<int>();
        row.Property(entity => entity.AsText).HasConversion<string>();
        row.Property(entity => entity.Typed).HasConversion(id => id.Value, stored => new RowId(stored));
    }

    private readonly record struct RowId(int Value);

    private sealed class Row
    {
        public int Id { get; set; }

        public string Name { get; set; } = "";

        public Guid Uid { get; set; }

        public ulong Big { get; set; }

        public int? Maybe { get; set; }

        public bool Flag { get; set; }

        public double Ratio { get; set; }

        public decimal Price { get; set; }

        public DateTime At { get; set; }

        public DateOnly Day { get; set; }

        public byte[] Bytes { get; set; } = [];

        public string Padded { get; set; } = "";

        public Grade AsNumber { get; set; }

        public Grade AsText { get; set; }

        public Grade AsLabel { get; set; }

        public RowId Typed { get; set; }
    }
}
