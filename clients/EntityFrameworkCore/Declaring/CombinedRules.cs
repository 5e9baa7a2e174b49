using LastMile.Events.Postgres;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;

namespace LastMile.Events.EntityFrameworkCore.Declaring;

/// <summary>
/// The combined rules of all types with rows in one table, because a table is captured once. For a row of another type, such as a sibling,
/// a rule may lack values and render nothing, or render a key that no reader caches.
/// </summary>
internal sealed class CombinedRules
{
    private readonly StoreObjectIdentifier table;
    private readonly Dictionary<string, Meaning> meanings = new(StringComparer.Ordinal);
    private readonly List<string> keys = [];
    private readonly List<string> tags = [];
    private readonly List<string> ignored = [];
    private readonly List<string> errors = [];
    private readonly bool strict;

    /// <param name="table">The table.</param>
    /// <param name="declared">The rules of the types with rows in the table.</param>
    public CombinedRules(StoreObjectIdentifier table, IEnumerable<DeclaredRules> declared)
    {
        this.table = table;
        var ordered = declared.OrderBy(rules => rules.Entity.GetAllBaseTypes().Count())
            .ThenBy(rules => EntityNames.Path(rules.Entity), StringComparer.Ordinal);
        foreach (var rules in ordered)
        {
            AddRules(rules.Entity, "PurgesKey", rules.Keys, keys);
            AddRules(rules.Entity, "PurgesTag", rules.Tags, tags);
            AddIgnored(rules.Entity, rules.Ignored);
            strict |= rules.Strict;
        }

        errors.AddRange(BothNamedAndIgnored());
    }

    /// <summary>The errors in the declared rules.</summary>
    public IReadOnlyList<string> Errors => errors;

    /// <summary>Returns the declaration of the table under the given entity name; null if no type has a rule.</summary>
    public CaptureDeclaration? Declaration(string entity)
    {
        if (keys.Count + tags.Count == 0)
            return null;

        var columns = meanings.ToDictionary(pair => pair.Key, pair => pair.Value.Placeholder.Column, StringComparer.Ordinal);
        var joins = meanings.Values.Where(meaning => meaning.Placeholder.Join is not null)
            .DistinctBy(meaning => meaning.Placeholder.Reference, StringComparer.Ordinal)
            .ToDictionary(meaning => meaning.Placeholder.Reference!, meaning => meaning.Placeholder.Join!, StringComparer.Ordinal);

        return new CaptureDeclaration(entity, [.. keys], [.. tags], [.. ignored], new(columns, StringComparer.Ordinal))
        {
            Joins = joins.Count == 0 ? null : new(joins, StringComparer.Ordinal),
            Strict = strict,
        };
    }

    private void AddRules(IReadOnlyEntityType entity, string method, string[] templates, List<string> tracked)
    {
        foreach (var template in templates)
        {
            if (Tracked(entity, $"{method}(\"{template}\")", template) is { } text && !tracked.Contains(text, StringComparer.Ordinal))
                tracked.Add(text);
        }
    }

    // Returns the template with this table's names of the placeholders; null, after adding an error, if one can't be resolved.
    private string? Tracked(IReadOnlyEntityType entity, string rule, string template)
    {
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in PurgeTemplate.Parse(template).Placeholders)
        {
            if (Resolve(entity, rule, name) is not { } placeholder || !Agree(new Meaning(placeholder, entity, rule)))
                return null;

            names[name] = placeholder.Name;
        }

        return TemplateText.Replace(template, name => $"{{{names[name]}}}");
    }

    private void AddIgnored(IReadOnlyEntityType entity, string[] names)
    {
        foreach (var name in names)
        {
            var rule = $"IgnoresChangesTo(\"{name}\")";
            if (Resolve(entity, rule, name) is not { } placeholder)
                continue;

            if (placeholder.Join is null
                && Agree(new Meaning(placeholder, entity, rule))
                && !ignored.Contains(name, StringComparer.Ordinal))
            {
                ignored.Add(name);
            }
            else if (placeholder.Join is { } join && !EntityTables.Of(entity).Contains(join.SeenFrom(table)))
            {
                errors.Add(
                    $"{entity.DisplayName()}: {rule} names {name}, which is in another table, so its changes are not captured here. "
                        + "Remove it.");
            }
        }
    }

    private Placeholder? Resolve(IReadOnlyEntityType entity, string rule, string name)
    {
        string? error = null;
        var placeholder = PropertyPath.TryFind(entity, name, out var path, out var unknown)
            ? new PlaceholderResolver(entity, table).Resolve(name, path, out error)
            : null;
        if (placeholder is null)
            errors.Add($"{entity.DisplayName()}: {rule} names {name}, {unknown ?? error}");

        return placeholder;
    }

    // A name must have one meaning, and so must the reference in it.
    private bool Agree(Meaning meaning)
    {
        var placeholder = meaning.Placeholder;
        var known = meanings.GetValueOrDefault(placeholder.Name)
            ?? meanings.Values.FirstOrDefault(other => JoinsConflict(other.Placeholder, placeholder));
        if (known is null || known.IsIgnored && known.Placeholder == placeholder)
            meanings[placeholder.Name] = meaning;
        if (known is null || known.Placeholder == placeholder)
            return true;

        errors.Add(
            $"{meaning.Entity.DisplayName()}: {meaning.Rule}: {{{placeholder.Name}}} would have two meanings in the table "
                + $"{table.DisplayName()}, which is captured once: {known.Placeholder} for {known.Entity.DisplayName()}, "
                + $"{placeholder} for {meaning.Entity.DisplayName()}. {Fix(known, meaning)}");
        return false;
    }

    private static bool JoinsConflict(Placeholder known, Placeholder placeholder) =>
        placeholder.Join is not null && known.Reference == placeholder.Reference && known.Join != placeholder.Join;

    private string Fix(Meaning known, Meaning meaning) =>
        OwnerAndPath(meaning) ?? OwnerAndPath(known) ?? "Map both to one column with HasColumnName, or rename one of them.";

    private string? OwnerAndPath(Meaning meaning)
    {
        var name = meaning.Placeholder.Name;
        var entity = meaning.Entity;
        while (entity.FindRowInternalForeignKeys(table).FirstOrDefault(key => key.PrincipalToDependent is not null) is { } key)
            (entity, name) = (key.PrincipalEntityType, $"{key.PrincipalToDependent!.Name}.{name}");

        return entity == meaning.Entity
            ? null
            : $"Write {{{name}}} in a rule of {entity.DisplayName()} instead of the rule of {meaning.Entity.DisplayName()}.";
    }

    private IEnumerable<string> BothNamedAndIgnored()
    {
        var ignoredByColumn = ignored.ToLookup(name => meanings[name].Placeholder.Column, StringComparer.Ordinal);
        return meanings.Values
            .Where(meaning => !meaning.IsIgnored
                && meaning.Placeholder.Join is null
                && ignoredByColumn.Contains(meaning.Placeholder.Column))
            .Select(meaning =>
                $"{meaning.Entity.DisplayName()}: {meaning.Rule} names {{{meaning.Placeholder.Name}}}, whose changes "
                    + $"IgnoresChangesTo(\"{ignoredByColumn[meaning.Placeholder.Column].First()}\") ignores. Remove one of them.");
    }

    private sealed record Meaning(Placeholder Placeholder, IReadOnlyEntityType Entity, string Rule)
    {
        public bool IsIgnored => Rule.StartsWith("IgnoresChangesTo", StringComparison.Ordinal);
    }
}
