using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;

namespace LastMile.Events.EntityFrameworkCore.Declaring;

/// <summary>Where the rows of an entity type are.</summary>
internal static class EntityTables
{
    /// <summary>
    /// Every table that holds a part of a row of the type or of a type derived from it: one for a hierarchy in one table (TPH); for a
    /// table per type (TPT) those of its bases too; those of the concrete types (TPC). None for views, functions and JSON.
    /// </summary>
    public static IReadOnlyList<StoreObjectIdentifier> Of(IReadOnlyEntityType entity) =>
        [.. entity.GetDerivedTypesInclusive().SelectMany(HoldingRowsOf).Distinct()];

    /// <summary>The type that a table is named by: the root of the hierarchy; the owner, where owned types share its table.</summary>
    public static IReadOnlyEntityType? MainTypeOf(ITable table) =>
        MainTypeOf(
            table.EntityTypeMappings.Select(mapping => mapping.TypeBase).OfType<IReadOnlyEntityType>(),
            StoreObjectIdentifier.Table(table.Name, table.Schema));

    /// <inheritdoc cref="MainTypeOf(ITable)" />
    /// <remarks>For a model without its relational one.</remarks>
    public static IReadOnlyEntityType? MainTypeOf(IReadOnlyModel model, StoreObjectIdentifier table) =>
        MainTypeOf(model.GetEntityTypes().Where(entity => OwnOf(entity).Contains(table)), table);

    /// <summary>The type that an entity's tables are named by; its root where it has no table.</summary>
    public static IReadOnlyEntityType MainTypeOf(IReadOnlyEntityType entity) =>
        Of(entity).Select(table => MainTypeOf(entity.Model, table)).FirstOrDefault() ?? entity.GetRootType();

    /// <summary>How a placeholder says the table of a hierarchy: by the type that has it for its own.</summary>
    public static string NameOf(StoreObjectIdentifier table, IReadOnlyEntityType entity) =>
        entity.GetRootType().GetDerivedTypesInclusive().FirstOrDefault(type => StoreObjectIdentifier.Create(type, StoreObjectType.Table) == table) is { } owner
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
