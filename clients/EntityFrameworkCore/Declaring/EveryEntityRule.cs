using LastMile.Events.Postgres;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;

namespace LastMile.Events.EntityFrameworkCore.Declaring;

/// <summary>Expands a rule for the whole model into rules of its entity types.</summary>
internal static class EveryEntityRule
{
    // Set only during model building, so that snapshots contain the rules of the entities instead.
    private const string Annotation = "LastMile:PurgesEveryEntity";

    public static void Declare(IMutableModel model, string template) =>
        model.SetAnnotation(Annotation, (string[])[.. Read(model), template]);

    /// <summary>Declares the rules on the entity types.</summary>
    /// <returns>The errors in the templates.</returns>
    public static IReadOnlyList<string> Apply(IMutableModel model)
    {
        var templates = Read(model);
        model.RemoveAnnotation(Annotation);
        var errors = templates.Select(Error).OfType<string>().ToList();
        if (errors.Count > 0)
            return errors;

        foreach (var entity in model.GetEntityTypes().ToList())
        {
            var declared = templates.SelectMany(template => KeysOf(entity, template)).Distinct(StringComparer.Ordinal)
                .Except(PurgeRuleAnnotations.Read(entity, PurgeRuleAnnotations.Keys), StringComparer.Ordinal)
                .ToArray();
            if (declared.Length > 0)
                PurgeRuleAnnotations.Append(entity, PurgeRuleAnnotations.Keys, declared);
        }

        return [];
    }

    private static string[] Read(IReadOnlyModel model) => model.FindAnnotation(Annotation)?.Value as string[] ?? [];

    private static string? Error(string text)
    {
        if (!PurgeTemplate.TryParse(text, out var template, out var error))
            return $"PurgesEveryEntity(\"{text}\"): the template {error}.";

        return template.Placeholders.FirstOrDefault(name => name is not ("Entity" or "Key")) is { } unknown
            ? $"PurgesEveryEntity(\"{text}\") names {unknown}. It supports only {{Entity}}, the name of each entity, and {{Key}}, "
                + "the properties of its primary key, joined by ':'."
            : null;
    }

    // A derived type's rows are captured with its root's.
    private static IEnumerable<string> KeysOf(IReadOnlyEntityType entity, string template)
    {
        if (entity.BaseType is not null || entity.FindPrimaryKey() is not { } key || EntityTables.Of(entity).Count == 0)
            return [];
        if (entity.FindOwnership() is { } ownership)
            return SharesItsOwnersTable(entity) || OwnersKey(ownership) is not { } owners ? [] : [Render(template, Owner(entity), owners)];

        // A property bag joins two entities; applications do not cache it as an entity.
        return [.. EndsOf(entity, template), .. entity.IsPropertyBag ? [] : (string[])[Render(template, entity, key.Properties)]];
    }

    private static IEnumerable<string> EndsOf(IReadOnlyEntityType entity, string template) =>
        entity.GetForeignKeys()
            .Where(key => key.GetReferencingSkipNavigations().Any() && key.PrincipalKey.IsPrimaryKey())
            .Select(key => Render(template, key.PrincipalEntityType.GetRootType(), key.Properties));

    private static bool SharesItsOwnersTable(IReadOnlyEntityType owned) =>
        EntityTables.Of(owned).Any(table => owned.FindRowInternalForeignKeys(table).Any());

    // Returns the properties in an owned type's own table that hold the primary key of its outermost owner.
    private static List<IReadOnlyProperty>? OwnersKey(IReadOnlyForeignKey ownership)
    {
        var owner = ownership.PrincipalEntityType;
        IReadOnlyList<IReadOnlyProperty>? ownersKey = owner.FindOwnership() is { } further
            ? OwnersKey(further)
            : owner.FindPrimaryKey()?.Properties;
        var ownProperty = ownership.PrincipalKey.Properties.Zip(ownership.Properties).ToDictionary();
        return ownersKey is not null && ownersKey.All(ownProperty.ContainsKey)
            ? [.. ownersKey.Select(property => ownProperty[property])]
            : null;
    }

    private static IReadOnlyEntityType Owner(IReadOnlyEntityType entity) =>
        entity.FindOwnership() is { } ownership ? Owner(ownership.PrincipalEntityType) : entity.GetRootType();

    private static string Render(string template, IReadOnlyEntityType entity, IReadOnlyList<IReadOnlyProperty> key) =>
        TemplateText.Replace(template, name => name == "Entity"
            ? TemplateText.Escape(EntityNames.InRules(entity))
            : string.Join(':', key.Select(property => $"{{{property.Name}}}")));
}
