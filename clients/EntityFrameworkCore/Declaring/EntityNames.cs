using Microsoft.EntityFrameworkCore.Metadata;

namespace LastMile.Events.EntityFrameworkCore.Declaring;

/// <summary>
/// Names of entity types, the same in a model and in its snapshot. If they differed, every migration would contain a change. A snapshot has
/// no classes, and writes the full names of owned types.
/// </summary>
internal static class EntityNames
{
    /// <summary>Returns the short name: the class name without namespace and type arguments.</summary>
    public static string Of(IReadOnlyTypeBase type)
    {
        var name = type.Name[(type.Name.LastIndexOf('#') + 1)..];
        var arguments = name.IndexOf('<', StringComparison.Ordinal);
        return (arguments < 0 ? name : name[..arguments]).Split('.', '+')[^1];
    }

    /// <summary>
    /// Returns a table's entity name in purge rules and messages: the one that <c>HasPurgeName</c> sets, or the short name.
    /// </summary>
    /// <param name="main">The table's main type.</param>
    public static string InRules(IReadOnlyEntityType main) => Declared(main) ?? Of(main);

    /// <summary>Returns the name that <c>HasPurgeName</c> sets; null for none.</summary>
    public static string? Declared(IReadOnlyEntityType entity) => entity.FindAnnotation(PurgeRuleAnnotations.Name)?.Value as string;

    /// <summary>Returns a sort key; an owner sorts before its owned types.</summary>
    public static string Path(IReadOnlyEntityType entity) =>
        entity.FindOwnership() is { } ownership
            ? $"{Path(ownership.PrincipalEntityType)}.{ownership.PrincipalToDependent?.Name}"
            : entity.Name;
}
