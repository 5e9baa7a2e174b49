using Microsoft.EntityFrameworkCore.Metadata;

namespace LastMile.Events.EntityFrameworkCore.Declaring;

/// <summary>
/// Names of entity types that are the same in a model and in the snapshot of it, which knows no classes and writes an owned type's name
/// in full. Where they differed, each migration would find a change.
/// </summary>
internal static class EntityNames
{
    /// <summary>The short name: that of the class, without namespace and type arguments.</summary>
    public static string Of(IReadOnlyTypeBase type)
    {
        var name = type.Name[(type.Name.LastIndexOf('#') + 1)..];
        var arguments = name.IndexOf('<', StringComparison.Ordinal);
        return (arguments < 0 ? name : name[..arguments]).Split('.', '+')[^1];
    }

    /// <summary>The name of a table in purge rules and messages: what <c>HasPurgeName</c> sets, or else the short name.</summary>
    /// <param name="main">The type that the table is named by.</param>
    public static string InRules(IReadOnlyEntityType main) => Declared(main) ?? Of(main);

    /// <summary>The name that <c>HasPurgeName</c> sets; null where it does not.</summary>
    public static string? Declared(IReadOnlyEntityType entity) => entity.FindAnnotation(PurgeRuleAnnotations.Name)?.Value as string;

    /// <summary>A name to sort by; an owner comes before what it owns.</summary>
    public static string Path(IReadOnlyEntityType entity) =>
        entity.FindOwnership() is { } ownership ? $"{Path(ownership.PrincipalEntityType)}.{ownership.PrincipalToDependent?.Name}" : entity.Name;
}
