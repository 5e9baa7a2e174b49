using LastMile.Events.EntityFrameworkCore.Declaring;
using LastMile.Events.Postgres;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;

namespace LastMile.Events.EntityFrameworkCore.Keys;

/// <summary>The template of one rule, with its properties.</summary>
internal sealed class RuleTemplate
{
    private readonly PurgeTemplate template;
    private readonly Place[] places;

    /// <param name="entity">The type that declares the rule.</param>
    /// <param name="text">The template, validated by model building.</param>
    public RuleTemplate(IReadOnlyEntityType entity, string text)
    {
        template = PurgeTemplate.Parse(text);
        places = [.. template.Placeholders.Select(name => Place.Of(entity, name))];
    }

    /// <summary>The types of the template's columns. The same template with the same column types renders the same keys.</summary>
    public IEnumerable<string> ColumnTypes => places.Select(place => place.Text.ColumnType);

    /// <param name="values">A value for each placeholder, in the order of their first appearance.</param>
    /// <exception cref="ArgumentException">The number of values is wrong, or a value is null or of another type.</exception>
    public string Render(object?[] values)
    {
        if (values.Length != places.Length)
        {
            throw new ArgumentException(
                $"\"{template.Text}\" takes {places.Length} values ({Names()}), not {values.Length}. Pass one for each placeholder.",
                nameof(values));
        }

        var texts = places.Zip(values, (place, value) => value is null ? null : place.Text.Of(value)).ToArray();
        return template.Render(texts)
            ?? throw new ArgumentException(
                $"\"{template.Text}\" has no key if {places[Array.IndexOf(texts, null)].Name} is null. Check for null first.",
                nameof(values));
    }

    /// <returns>The key of the entity; null if a value is null.</returns>
    public string? Render(DbContext context, object entity) =>
        template.Render(Array.ConvertAll(
            places, place => EntityValue.Read(context, entity, place.Path) is { } value ? place.Text.Of(value) : null));

    private string Names() => string.Join(", ", places.Select(place => place.Name));

    private sealed record Place(string Name, PropertyPath Path, ColumnText Text)
    {
        public static Place Of(IReadOnlyEntityType entity, string name)
        {
            if (!PropertyPath.TryFind(entity, name, out var path, out var error)
                || ColumnText.Of(path.Property, path.Property.GetRelationalTypeMapping(), out error) is not { } text)
            {
                throw new InvalidOperationException($"{entity.DisplayName()}: a purge rule names {name}, {error}");
            }

            return new Place(name, path, text);
        }
    }
}
