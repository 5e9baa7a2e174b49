using LastMile.Events.EntityFrameworkCore.Declaring;
using LastMile.Events.Postgres;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;

namespace LastMile.Events.EntityFrameworkCore.Keys;

/// <summary>Returns the values that the rules of an entity's table show, by placeholder of the tracked templates.</summary>
internal sealed class PurgeValues
{
    private readonly Dictionary<string, Value> shown = new(StringComparer.Ordinal);
    private readonly HashSet<string> ofOtherTypes = new(StringComparer.Ordinal);

    private PurgeValues(IEntityType entity)
    {
        if (StoreObjectIdentifier.Create(entity, StoreObjectType.Table) is not { } table)
            return;

        foreach (var declaring in entity.Model.GetEntityTypes().Where(type => EntityTables.Of(type).Contains(table)))
            Add(entity, declaring, table);
    }

    /// <summary>Returns the values of a loaded entity; null for a null value, and for one that only rows of other types have.</summary>
    public static Dictionary<string, string?> Of(DbContext context, object entity)
    {
        var type = EntityKeys.TypeOf(context, entity);
        var values = type.GetOrAddRuntimeAnnotationValue("LastMile:PurgeValues", static declaring => new PurgeValues(declaring!), type);
        return values.ofOtherTypes.Select(name => KeyValuePair.Create(name, (string?)null))
            .Concat(values.shown.Select(value => KeyValuePair.Create(value.Key, value.Value.Read(context, entity))))
            .ToDictionary(StringComparer.Ordinal);
    }

    private void Add(IEntityType entity, IEntityType declaring, StoreObjectIdentifier table)
    {
        var rules = DeclaredRules.Of(declaring);
        if (rules.HasRules && declaring.GetRootType() != entity.GetRootType())
        {
            throw new InvalidOperationException(
                $"{declaring.DisplayName()} has purge rules in the table of {entity.DisplayName()}, but a {entity.DisplayName()} does not "
                    + "hold their values. Write EntityChanged.Values by hand, in the text forms that docs/capture.md lists.");
        }

        foreach (var name in rules.Keys.Concat(rules.Tags).SelectMany(template => PurgeTemplate.Parse(template).Placeholders))
        {
            if (!PropertyPath.TryFind(declaring, name, out var path, out _)
                || new PlaceholderResolver(declaring, table).Resolve(name, path, out _) is not { } placeholder)
            {
                continue;
            }

            if (declaring.IsAssignableFrom(entity)
                && ColumnText.Of(path.Property, path.Property.GetRelationalTypeMapping(), out _) is { } text)
            {
                shown[placeholder.Name] = new Value(path, text);
            }
            else
            {
                ofOtherTypes.Add(placeholder.Name);
            }
        }

        ofOtherTypes.ExceptWith(shown.Keys);
    }

    private sealed record Value(PropertyPath Path, ColumnText Text)
    {
        public string? Read(DbContext context, object entity) =>
            EntityValue.Read(context, entity, Path) is { } value ? Text.Of(value) : null;
    }
}
