using LastMile.Events.EntityFrameworkCore.Keys;
using LastMile.Events.Postgres;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Storage;

namespace LastMile.Events.EntityFrameworkCore.Declaring;

/// <summary>Finds the errors in a model's purge rules, and suggests fixes.</summary>
internal sealed class PurgeRuleCheck(IRelationalTypeMappingSource types)
{
    public IReadOnlyList<string> Errors(IReadOnlyModel model)
    {
        var declared = model.GetEntityTypes().Select(DeclaredRules.Of).Where(rules => !rules.IsEmpty).ToList();
        var ofEntities = declared.SelectMany(rules => OfEntity(rules).Select(error => $"{rules.Entity.DisplayName()}: {error}")).ToList();

        // The check of the tables would repeat the errors of their entities.
        return ofEntities.Count > 0
            ? ofEntities
            : [.. OfTables(declared).Concat(PurgeNameCheck.Errors(model)).Distinct(StringComparer.Ordinal)];
    }

    /// <summary>
    /// Returns the properties in templates whose text differs from their <c>ToString()</c>, such as <c>Product.Price (numeric(12,2))</c>.
    /// </summary>
    public IReadOnlyList<string> UnlikeToString(IReadOnlyModel model) =>
    [
        .. model.GetEntityTypes().Select(DeclaredRules.Of)
            .SelectMany(
                rules => rules.Keys.Concat(rules.Tags).SelectMany(rule => PurgeTemplate.Parse(rule).Placeholders),
                (rules, name) => UnlikeToString(rules.Entity, name))
            .OfType<string>()
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal),
    ];

    private static IEnumerable<string> OfTables(List<DeclaredRules> declared) =>
        declared.SelectMany(rules => EntityTables.Of(rules.Entity).Select(table => (table, rules)))
            .GroupBy(entry => entry.table, entry => entry.rules)
            .SelectMany(ofTable => new CombinedRules(ofTable.Key, ofTable).Errors.Concat(WithoutRules(ofTable.Key, [.. ofTable])));

    private static IEnumerable<string> WithoutRules(StoreObjectIdentifier table, List<DeclaredRules> ofTable) =>
        ofTable.Exists(rules => rules.HasRules)
            ? []
            : ofTable.Select(rules =>
                $"{rules.Entity.DisplayName()}: {(rules.Strict ? "CapturesStrictly()" : "IgnoresChangesTo(…)")} is declared without a "
                    + $"PurgesKey(…) or PurgesTag(…) for the table {table.DisplayName()}, so nothing is captured there.");

    private IEnumerable<string> OfEntity(DeclaredRules rules) =>
    [
        .. OfMapping(rules.Entity),
        .. Duplicates("PurgesKey", rules.Keys),
        .. Duplicates("PurgesTag", rules.Tags),
        .. Duplicates("IgnoresChangesTo", rules.Ignored),
        .. rules.Keys.Distinct(StringComparer.Ordinal).SelectMany(key => OfTemplate(rules.Entity, "PurgesKey", key)),
        .. rules.Tags.Distinct(StringComparer.Ordinal).SelectMany(tag => OfTemplate(rules.Entity, "PurgesTag", tag)),
        .. rules.Ignored.Distinct(StringComparer.Ordinal).SelectMany(name => OfIgnored(rules.Entity, name)),
    ];

    private static IEnumerable<string> OfMapping(IReadOnlyEntityType entity)
    {
        if (EntityTables.Of(entity).Count == 0)
        {
            yield return $"purge rules need a table to capture, but {Mapping(entity)}. "
                + "Declare them on the types whose tables hold the data.";
        }
    }

    private static string Mapping(IReadOnlyEntityType entity) =>
        entity.IsMappedToJson() ? "this type is part of a JSON column"
        : entity.GetViewName() is { } view ? $"this type is mapped to the view {view}"
        : "this type has no table";

    private static IEnumerable<string> Duplicates(string method, string[] declared) =>
        declared.GroupBy(rule => rule, StringComparer.Ordinal)
            .Where(group => group.Count() > 1)
            .Select(group => $"{method}(\"{group.Key}\") is declared {group.Count()} times. Declare it once.");

    private IEnumerable<string> OfTemplate(IReadOnlyEntityType entity, string method, string text)
    {
        var rule = $"{method}(\"{text}\")";
        return PurgeTemplate.TryParse(text, out var template, out var error)
            ? template.Placeholders
                .Select(name => OfPlaceholder(entity, name) is { } wrong ? $"{rule} names {name}, {wrong}" : null)
                .OfType<string>()
            : [$"{rule}: the template {error}."];
    }

    private static IEnumerable<string> OfIgnored(IReadOnlyEntityType entity, string name) =>
        PropertyPath.TryFind(entity, name, out _, out var error) ? [] : [$"IgnoresChangesTo(\"{name}\") names {name}, {error}"];

    private string? OfPlaceholder(IReadOnlyEntityType entity, string name)
    {
        if (PropertyPath.TryFind(entity, name, out var path, out var error))
            TextOf(path.Property, out error);

        return error;
    }

    private string? UnlikeToString(IReadOnlyEntityType entity, string name) =>
        PropertyPath.TryFind(entity, name, out var path, out _) && TextOf(path.Property, out _) is { IsLikeToString: false } text
            ? $"{EntityNames.Of(path.Property.DeclaringType)}.{path.Property.Name} ({text.ColumnType})"
            : null;

    private ColumnText? TextOf(IReadOnlyProperty property, out string? missing) =>
        ColumnText.Of(property, types.FindMapping((IProperty)property), out missing);
}
