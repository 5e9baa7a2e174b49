using System.Globalization;
using LastMile.Events.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Xunit;

namespace EntityFrameworkCore.Tests;

/// <summary>Compares the readers' text of a column's values with the server's.</summary>
internal sealed class KeyComparison(ShopDatabase database)
{
    private const string Template = "{Id}|{Value}";

    private static readonly CultureInfo[] Cultures = [CultureInfo.InvariantCulture, Foreign()];

    /// <summary>Asserts that readers get the text that the trigger captures.</summary>
    /// <param name="type">The column's type; empty for the default of the mapping.</param>
    /// <param name="values">The values.</param>
    /// <param name="property">Configures the property of the values.</param>
    /// <param name="model">Configures the rest of the model.</param>
    /// <param name="options">Configures the context.</param>
    public async Task AssertSameTextAsync<T>(
        string type,
        IReadOnlyList<T> values,
        Action<PropertyBuilder<T>>? property = null,
        Action<ModelBuilder>? model = null,
        Action<DbContextOptionsBuilder>? options = null)
        where T : notnull
    {
        await using var captured = await WriteAsync(type, values, property, model, options);
        var texts = (await captured.Outbox.TakeValuesAsync())
            .ToDictionary(row => int.Parse(row[0]!, CultureInfo.InvariantCulture), row => row[1]!);

        await AssertReadersGetAsync(captured.Shop, values, texts);
    }

    private async Task<CapturedShop> WriteAsync<T>(
        string type,
        IReadOnlyList<T> values,
        Action<PropertyBuilder<T>>? property,
        Action<ModelBuilder>? model,
        Action<DbContextOptionsBuilder>? options)
        where T : notnull
    {
        var captured = await CapturedShop.CreateAsync(
            database,
            builder =>
            {
                model?.Invoke(builder);
                var sample = builder.Entity<Sample<T>>().ToTable("samples").PurgesKey(Template);
                sample.Property(row => row.Id).ValueGeneratedNever();
                if (type.Length > 0)
                    sample.Property(row => row.Value).HasColumnType(type);
                property?.Invoke(sample.Property(row => row.Value));
            },
            options);
        captured.Shop.AddRange(values.Select((value, id) => new Sample<T> { Id = id, Value = value }));
        await captured.Shop.SaveChangesAsync(TestContext.Current.CancellationToken);
        captured.Shop.ChangeTracker.Clear();
        return captured;
    }

    private static async Task AssertReadersGetAsync<T>(Shop shop, IReadOnlyList<T> values, Dictionary<int, string> texts)
        where T : notnull
    {
        var rows = await shop.Set<Sample<T>>().AsNoTracking().ToListAsync(TestContext.Current.CancellationToken);
        Assert.Equal(values.Count, texts.Count);
        foreach (var culture in Cultures)
        {
            var (ofValues, ofRows) = In(culture, () => (
                values.Select((value, id) => shop.CacheKey<Sample<T>>(Template, id, value)).ToList(),
                rows.ToDictionary(row => row.Id, row => shop.CacheKeys(row).Single())));

            foreach (var (id, text) in texts)
            {
                var key = string.Create(CultureInfo.InvariantCulture, $"{id}|{text}");
                Assert.Equal((key, key), (ofValues[id], ofRows[id]));
            }
        }
    }

    private static TResult In<TResult>(CultureInfo culture, Func<TResult> read)
    {
        var before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = culture;
            return read();
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    // A machine may lack the data of real cultures, so this one imitates their differences.
    private static CultureInfo Foreign()
    {
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        culture.NumberFormat.NegativeSign = "\u2212";
        culture.NumberFormat.NumberDecimalSeparator = ",";
        culture.DateTimeFormat.TimeSeparator = ".";
        culture.DateTimeFormat.DateSeparator = ".";
        culture.DateTimeFormat.ShortDatePattern = "dd/MM/yy";
        return culture;
    }

    internal sealed class Sample<T>
    {
        public int Id { get; set; }

        public T Value { get; set; } = default!;
    }
}
