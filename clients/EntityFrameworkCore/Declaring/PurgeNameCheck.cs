using Microsoft.EntityFrameworkCore.Metadata;

namespace LastMile.Events.EntityFrameworkCore.Declaring;

/// <summary>
/// Finds names that two entities share by accident, so that a change of one would purge the tag of both. Also finds names that have no
/// effect, because the table is captured under the name of another type.
/// </summary>
internal static class PurgeNameCheck
{
    public static IEnumerable<string> Errors(IReadOnlyModel model) => Misplaced(model).Concat(Shared(model));

    private static IEnumerable<string> Misplaced(IReadOnlyModel model) =>
        from entity in model.GetEntityTypes()
        let name = EntityNames.Declared(entity)
        where name is not null
        let main = EntityTables.MainTypeOf(entity)
        where main != entity
        select $"{entity.DisplayName()}: HasPurgeName(\"{name}\") has no effect, because the table is captured as {main.DisplayName()}. "
            + $"Declare it on {main.DisplayName()}.";

    // The tables of one hierarchy, or of one split entity, share their name on purpose.
    private static IEnumerable<string> Shared(IReadOnlyModel model) =>
        model.GetEntityTypes()
            .Where(entity => DeclaredRules.Of(entity).HasRules)
            .SelectMany(entity => EntityTables.Of(entity))
            .Distinct()
            .Select(table => EntityTables.MainTypeOf(model, table))
            .OfType<IReadOnlyEntityType>()
            .Distinct()
            .GroupBy(EntityNames.InRules, StringComparer.Ordinal)
            .Where(ofName => ofName.Count() > 1 && ofName.Any(main => EntityNames.Declared(main) is null))
            .Select(ofName =>
                $"{string.Join(" and ", ofName.Select(main => main.Name).Order(StringComparer.Ordinal))} are all named {ofName.Key} "
                    + "in purge rules and messages, so a change of one would purge the tag of the others. Give them different names with "
                    + "HasPurgeName(…), or declare the same name on each if they are one entity.");
}
