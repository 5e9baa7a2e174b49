using LastMile.Events.Postgres;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;

namespace LastMile.Events.EntityFrameworkCore.Declaring;

/// <summary>Says what is wrong with the purge rules of one entity, and what would be right.</summary>
internal sealed class PurgeRuleCheck
{
    private readonly IReadOnlyEntityType entity;
    private readonly StoreObjectIdentifier? table;
    private readonly string[] keys;
    private readonly string[] tags;
    private readonly string[] ignored;

    private PurgeRuleCheck(IReadOnlyEntityType entity)
    {
        this.entity = entity;
        table = entity.IsMappedToJson() ? null : StoreObjectIdentifier.Create(entity, StoreObjectType.Table);
        keys = PurgeRuleAnnotations.Read(entity, PurgeRuleAnnotations.Keys);
        tags = PurgeRuleAnnotations.Read(entity, PurgeRuleAnnotations.Tags);
        ignored = PurgeRuleAnnotations.Read(entity, PurgeRuleAnnotations.Ignored);
    }

    public static IEnumerable<string> Errors(IReadOnlyEntityType entity)
    {
        var check = new PurgeRuleCheck(entity);
        return check.DeclaresNothing ? [] : check.Errors().Select(error => $"{entity.DisplayName()}: {error}");
    }

    private bool DeclaresNothing => keys.Length + tags.Length + ignored.Length == 0;

    private IEnumerable<string> Errors() =>
    [
        .. OfTable(),
        .. Duplicates("PurgesKey", keys),
        .. Duplicates("PurgesTag", tags),
        .. Duplicates("IgnoresChangesTo", ignored),
        .. keys.Distinct(StringComparer.Ordinal).SelectMany(key => OfTemplate("PurgesKey", key)),
        .. tags.Distinct(StringComparer.Ordinal).SelectMany(tag => OfTemplate("PurgesTag", tag)),
        .. ignored.Distinct(StringComparer.Ordinal).SelectMany(name => OfProperty($"IgnoresChangesTo(\"{name}\")", name)),
    ];

    private IEnumerable<string> OfTable()
    {
        if (keys.Length + tags.Length == 0)
            yield return "IgnoresChangesTo(…) stands without a PurgesKey(…) or PurgesTag(…), so there is nothing to leave out.";

        if (table is null)
            yield return $"purge rules need a table whose changes can be captured, and {Mapping()}. Declare them on the types whose tables hold the data.";
        else if (entity.BaseType is { } baseType && StoreObjectIdentifier.Create(baseType, StoreObjectType.Table) == table)
            yield return $"purge rules stand on a derived type that shares the table {table.Value.DisplayName()}, which is captured as one entity. Declare them on {entity.GetRootType().DisplayName()}.";
        else if (DeclaringBefore() is { } other)
            yield return $"purge rules stand on this type and on {other.DisplayName()}, and both are in the table {table.Value.DisplayName()}, which is captured as one entity. Declare them all on one of the two.";
    }

    private string Mapping() =>
        entity.IsMappedToJson() ? "this type is part of a JSON column"
        : entity.GetViewName() is { } view ? $"this type is mapped to the view {view}"
        : "this type has no table";

    private IReadOnlyEntityType? DeclaringBefore() =>
        entity.Model.GetEntityTypes()
            .TakeWhile(other => other != entity)
            .FirstOrDefault(other => new PurgeRuleCheck(other) is { DeclaresNothing: false } check && check.table == table);

    private static IEnumerable<string> Duplicates(string method, string[] declared) =>
        declared.GroupBy(rule => rule, StringComparer.Ordinal)
            .Where(group => group.Count() > 1)
            .Select(group => $"{method}(\"{group.Key}\") is declared {group.Count()} times. Declare it once.");

    private IEnumerable<string> OfTemplate(string method, string text)
    {
        var rule = $"{method}(\"{text}\")";
        if (!PurgeTemplate.TryParse(text, out var template, out var error))
            return [$"{rule}: the template {error}."];

        return template.Placeholders.SelectMany(name => OfProperty(rule, name)).Concat(
            template.Placeholders.Intersect(ignored, StringComparer.Ordinal).Select(name =>
                $"{rule} names {{{name}}}, whose changes IgnoresChangesTo(\"{name}\") leaves out. Take one of them away."));
    }

    private IEnumerable<string> OfProperty(string rule, string name)
    {
        if (entity.FindProperty(name) is not { } property)
        {
            var names = entity.GetProperties().Select(candidate => candidate.Name).ToList();
            var nearest = NearestName.To(name, names) is { } near ? $" Did you mean {near}?" : "";
            yield return $"{rule} names {name}, which is no property of it.{nearest} Its properties: {string.Join(", ", names)}.";
        }
        else if (property.IsPrimitiveCollection)
        {
            yield return $"{rule} names {name}, which is a collection and has no one text. Name a property with a single value.";
        }
        else if (table is { } stored && property.GetColumnName(stored) is null)
        {
            yield return $"{rule} names {name}, which has no column in the table {stored.DisplayName()}. Name a property that is stored there.";
        }
    }
}
