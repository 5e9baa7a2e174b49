using LastMile.Events.Postgres;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;

namespace LastMile.Events.EntityFrameworkCore.Declaring;

/// <summary>
/// The rules of all types that have rows in one table, as one: the table is captured once. A rule whose values are elsewhere for a
/// row (of a sibling type, say) renders nothing for it, or a key that nothing has.
/// </summary>
internal sealed class CaptureUnion
{
    private readonly StoreObjectIdentifier table;
    private readonly Dictionary<string, Meaning> meanings = new(StringComparer.Ordinal);
    private readonly List<string> keys = [];
    private readonly List<string> tags = [];
    private readonly List<string> ignored = [];
    private readonly List<string> errors = [];
    private readonly bool strict;

    /// <param name="table">The table.</param>
    /// <param name="declared">What the types declare that have rows there.</param>
    public CaptureUnion(StoreObjectIdentifier table, IEnumerable<DeclaredRules> declared)
    {
        this.table = table;
        foreach (var rules in declared.OrderBy(rules => rules.Entity.GetAllBaseTypes().Count()).ThenBy(rules => EntityNames.Path(rules.Entity), StringComparer.Ordinal))
        {
            AddRules(rules.Entity, "PurgesKey", rules.Keys, keys);
            AddRules(rules.Entity, "PurgesTag", rules.Tags, tags);
            AddIgnored(rules.Entity, rules.Ignored);
            strict |= rules.Strict;
        }

        errors.AddRange(BothNamedAndIgnored());
    }

    /// <summary>What can't be captured as declared.</summary>
    public IReadOnlyList<string> Errors => errors;

    /// <summary>The declaration of the table, named as told; null where no type has a rule.</summary>
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

    // The template with its placeholders named as this table sees them; null, and an error, where one can't be had.
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

            if (placeholder.Join is null && Agree(new Meaning(placeholder, entity, rule)) && !ignored.Contains(name, StringComparer.Ordinal))
                ignored.Add(name);
            else if (placeholder.Join is { } join && !EntityTables.Of(entity).Contains(join.SeenFrom(table)))
                errors.Add($"{entity.DisplayName()}: {rule} names {name}, which is in another table; its changes are not captured here. Leave it out.");
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

    // One name must mean one thing, and so must the reference in it.
    private bool Agree(Meaning meaning)
    {
        var placeholder = meaning.Placeholder;
        var known = meanings.GetValueOrDefault(placeholder.Name) ?? meanings.Values.FirstOrDefault(other => LeadsElsewhere(other.Placeholder, placeholder));
        if (known is null || known.IsIgnored && known.Placeholder == placeholder)
            meanings[placeholder.Name] = meaning;
        if (known is null || known.Placeholder == placeholder)
            return true;

        errors.Add(
            $"{meaning.Entity.DisplayName()}: {meaning.Rule}: {{{placeholder.Name}}} would mean two things in the table {table.DisplayName()}, which is captured as one: {known.Placeholder} for {known.Entity.DisplayName()}, {placeholder} for {meaning.Entity.DisplayName()}. {Instead(known, meaning)}");
        return false;
    }

    private static bool LeadsElsewhere(Placeholder known, Placeholder placeholder) =>
        placeholder.Join is not null && known.Reference == placeholder.Reference && known.Join != placeholder.Join;

    private string Instead(Meaning known, Meaning meaning) =>
        OwnerAndPath(meaning) ?? OwnerAndPath(known) ?? "Map both to one column with HasColumnName, or rename one of the two.";

    private string? OwnerAndPath(Meaning meaning)
    {
        var name = meaning.Placeholder.Name;
        var entity = meaning.Entity;
        while (entity.FindRowInternalForeignKeys(table).FirstOrDefault(key => key.PrincipalToDependent is not null) is { } key)
            (entity, name) = (key.PrincipalEntityType, $"{key.PrincipalToDependent!.Name}.{name}");

        return entity == meaning.Entity ? null : $"Write {{{name}}} in a rule of {entity.DisplayName()} in place of that of {meaning.Entity.DisplayName()}.";
    }

    private IEnumerable<string> BothNamedAndIgnored()
    {
        var left = ignored.ToLookup(name => meanings[name].Placeholder.Column, StringComparer.Ordinal);
        return meanings.Values
            .Where(meaning => !meaning.IsIgnored && meaning.Placeholder.Join is null && left.Contains(meaning.Placeholder.Column))
            .Select(meaning =>
                $"{meaning.Entity.DisplayName()}: {meaning.Rule} names {{{meaning.Placeholder.Name}}}, whose changes IgnoresChangesTo(\"{left[meaning.Placeholder.Column].First()}\") leaves out. Take one of them away.");
    }

    private sealed record Meaning(Placeholder Placeholder, IReadOnlyEntityType Entity, string Rule)
    {
        public bool IsIgnored => Rule.StartsWith("IgnoresChangesTo", StringComparison.Ordinal);
    }
}
