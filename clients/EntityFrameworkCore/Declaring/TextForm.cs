using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Storage;

namespace LastMile.Events.EntityFrameworkCore.Declaring;

/// <summary>Knows the column types whose values have no one text that a key could be made of.</summary>
internal static class TextForm
{
    // As lastmile.track() has it, which would refuse them in the migration.
    private static readonly string[] WithoutOneText =
        ["json", "jsonb", "jsonpath", "xml", "hstore", "tsvector", "tsquery", "money", "point", "line", "lseg", "box", "path", "polygon", "circle"];

    /// <summary>Why the values of a property have no one text, as the rest of a sentence that begins with its name; null when they have.</summary>
    public static string? Missing(IReadOnlyProperty property, IRelationalTypeMappingSource types)
    {
        if (property.IsPrimitiveCollection)
            return "which is a collection and has no one text. Name a property with a single value.";

        var stored = types.FindMapping((IProperty)property)?.StoreType ?? "";
        if (stored.EndsWith("[]", StringComparison.Ordinal))
            return $"which is stored as {stored}, an array, and has no one text. Name a property with a single value.";

        return WithoutOneText.Contains(stored, StringComparer.OrdinalIgnoreCase)
            || stored.EndsWith("range", StringComparison.Ordinal)
                ? $"which is stored as {stored}, whose values have no one text. Name a property with a single value."
                : null;
    }
}
