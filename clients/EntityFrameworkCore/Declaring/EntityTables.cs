using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;

namespace LastMile.Events.EntityFrameworkCore.Declaring;

/// <summary>Finds the tables that hold the rows of an entity type.</summary>
internal static class EntityTables
{
    /// <summary>
    /// Returns every table that holds a part of a row of the type or of a derived type. That is the only table of a hierarchy (TPH); with a
    /// table per type (TPT), the tables of the type, its base types and its derived types; with a table per concrete type (TPC), the tables
    /// of the type and its derived types. Empty for views, functions and JSON.
    /// </summary>
    public static IReadOnlyList<StoreObjectIdentifier> Of(IReadOnlyEntityType entity) =>
        [.. entity.GetDerivedTypesInclusive().SelectMany(HoldingRowsOf).Distinct()];

    /// <summary>
    /// Returns the type that gives a table its entity name: the root of the hierarchy, or the owner if owned types share its table.
    /// </summary>
    public static IReadOnlyEntityType? MainTypeOf(ITable table) =>
        MainTypeOf(
            table.EntityTypeMappings.Select(mapping => mapping.TypeBase).OfType<IReadOnlyEntityType>(),
            StoreObjectIdentifier.Table(table.Name, table.Schema));

    /// <inheritdoc cref="MainTypeOf(ITable)" />
    /// <remarks>For a model that has no relational model yet.</remarks>
    public static IReadOnlyEntityType? MainTypeOf(IReadOnlyModel model, StoreObjectIdentifier table) =>
        MainTypeOf(model.GetEntityTypes().Where(entity => OwnOf(entity).Contains(table)), table);

    /// <summary>Returns the type that gives an entity's tables their entity name; the entity's root if it has no table.</summary>
    public static IReadOnlyEntityType MainTypeOf(IReadOnlyEntityType entity) =>
        Of(entity).Select(table => MainTypeOf(entity.Model, table)).FirstOrDefault() ?? entity.GetRootType();

    /// <summary>Returns the name of a hierarchy's table in placeholders: the type that is mapped to it.</summary>
    public static string NameOf(StoreObjectIdentifier table, IReadOnlyEntityType entity) =>
        entity.GetRootType().GetDerivedTypesInclusive()
            .FirstOrDefault(type => StoreObjectIdentifier.Create(type, StoreObjectType.Table) == table) is { } owner
            ? EntityNames.Of(owner)
            : table.Name;

    public static bool IsOfConcreteTypes(IReadOnlyEntityType entity) =>
        entity.GetRootType().GetMappingStrategy() == RelationalAnnotationNames.TpcMappingStrategy;

    private static IReadOnlyEntityType? MainTypeOf(IEnumerable<IReadOnlyEntityType> entities, StoreObjectIdentifier table) =>
        entities.OrderBy(entity => entity.FindRowInternalForeignKeys(table).Any())
            .ThenBy(EntityNames.Path, StringComparer.Ordinal)
            .FirstOrDefault()?
            .GetRootType();

    private static IEnumerable<StoreObjectIdentifier> HoldingRowsOf(IReadOnlyEntityType entity) =>
        IsOfConcreteTypes(entity) ? OwnOf(entity) : entity.GetAllBaseTypesInclusive().SelectMany(OwnOf);

    private static IEnumerable<StoreObjectIdentifier> OwnOf(IReadOnlyEntityType entity)
    {
        if (entity.IsMappedToJson() || StoreObjectIdentifier.Create(entity, StoreObjectType.Table) is not { } table)
            return [];

        return [table, .. entity.GetMappingFragments(StoreObjectType.Table).Select(fragment => fragment.StoreObject)];
    }
}
