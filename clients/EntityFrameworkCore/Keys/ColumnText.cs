using System.Numerics;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;
using Npgsql.EntityFrameworkCore.PostgreSQL.Storage.Internal.Mapping;

namespace LastMile.Events.EntityFrameworkCore.Keys;

/// <summary>
/// Renders a property's values in keys and tags as the text of its column; with a value converter, as the text of the stored value.
/// </summary>
internal sealed class ColumnText
{
    // Types whose ToString() returns the column's text. Some cultures use another minus sign, but negative ids are too rare for a warning.
    private static readonly HashSet<Type> SameAsToString =
    [
        typeof(string), typeof(char), typeof(Guid), typeof(BigInteger),
        typeof(sbyte), typeof(byte), typeof(short), typeof(ushort), typeof(int), typeof(uint), typeof(long), typeof(ulong),
    ];

    private readonly IReadOnlyProperty property;
    private readonly RelationalTypeMapping mapping;
    private readonly Func<object, string> text;

    private ColumnText(IReadOnlyProperty property, RelationalTypeMapping mapping, Func<object, string> text)
    {
        this.property = property;
        this.mapping = mapping;
        this.text = text;
    }

    /// <summary>The type of the column.</summary>
    public string ColumnType => mapping.StoreType;

    /// <summary>Whether <c>$"{value}"</c> gives the same text.</summary>
    public bool IsLikeToString
    {
        get
        {
            var own = Nullable.GetUnderlyingType(property.ClrType) ?? property.ClrType;
            if (mapping is NpgsqlEnumTypeMapping { Labels: var labels, Converter: var converter })
                return converter is null && labels.All(label => label.Key.ToString() == label.Value);
            if (own.IsEnum)
                return IsOf(mapping.Converter, typeof(EnumToStringConverter<>));

            return SameAsToString.Contains(own) && IsStoredAsWritten(mapping.Converter) && StoreType.Parse(mapping.StoreType) switch
            {
                { Name: "character" } => own == typeof(char),
                { Name: "numeric", Arguments: [_, > 0] } => false,
                _ => true,
            };
        }
    }

    /// <summary>Creates the text form of a property, or explains why it has none.</summary>
    /// <param name="property">The property.</param>
    /// <param name="mapping">Its mapping; null if EF Core finds none, which EF Core reports itself.</param>
    /// <param name="missing">
    /// The reason why it has no text form, as the end of a sentence that begins with the property's name; null if it has one.
    /// </param>
    public static ColumnText? Of(IReadOnlyProperty property, RelationalTypeMapping? mapping, out string? missing)
    {
        missing = null;
        if (property.IsPrimitiveCollection)
            missing = "which is a collection and has no single text form. Name a property with a single value.";
        else if (mapping is NpgsqlEnumTypeMapping labelled)
            return new ColumnText(property, mapping, value => LabelOf(value, labelled));
        else if (mapping is not null && TextForms.Of(StoreType.Parse(mapping.StoreType), Stored(mapping)) is { } text)
            return new ColumnText(property, mapping, text);
        else if (mapping is not null)
            missing = Missing(mapping);

        return null;
    }

    /// <returns>The text; null if the stored value is null.</returns>
    /// <exception cref="ArgumentException">The value is not of the property's type.</exception>
    public string? Of(object value)
    {
        if (!property.ClrType.IsInstanceOfType(value))
        {
            throw new ArgumentException(
                $"{property.Name} is of type {property.ClrType.Name}, but its value is of type {value.GetType().Name}. "
                    + "Pass a value of the property's type.",
                nameof(value));
        }

        var stored = mapping.Converter is { } converter ? converter.ConvertToProvider(value) : value;
        return stored is null ? null : text(stored);
    }

    private static Type Stored(RelationalTypeMapping mapping)
    {
        var stored = mapping.Converter?.ProviderClrType ?? mapping.ClrType;
        return Nullable.GetUnderlyingType(stored) ?? stored;
    }

    private static string Missing(RelationalTypeMapping mapping)
    {
        var stored = mapping.StoreType;
        return stored.EndsWith("[]", StringComparison.Ordinal)
            ? $"which is stored as {stored}, an array, and has no single text form. Name a property with a single value."
            : StoreType.Parse(stored) is { Name: "numeric", Arguments.Count: 0 }
                ? $"which is stored as {stored} without a declared scale, so 1.5 and 1.50 would be two keys. "
                    + "Declare the scale, for example with HasPrecision(12, 2)."
                : $"which is stored as {stored}, whose values have no text form that the client and the server share. "
                    + "Name a property of another type, or store it as a type that docs/capture.md lists.";
    }

    private static string LabelOf(object value, NpgsqlEnumTypeMapping labelled) =>
        labelled.Labels.TryGetValue(value, out var label)
            ? label
            : throw new ArgumentException(
                $"{value} is not a label of the enum {labelled.StoreType}. Pass one of its members.", nameof(value));

    private static bool IsStoredAsWritten(ValueConverter? converter) =>
        converter is null or GuidToStringConverter or CharToStringConverter
        || IsOf(converter, typeof(CastingConverter<,>))
        || IsOf(converter, typeof(NumberToStringConverter<>));

    private static bool IsOf(ValueConverter? converter, Type generic) =>
        converter?.GetType() is { IsGenericType: true } type && type.GetGenericTypeDefinition() == generic;
}
