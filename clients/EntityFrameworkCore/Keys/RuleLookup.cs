using LastMile.Events.EntityFrameworkCore.Declaring;
using Microsoft.EntityFrameworkCore.Metadata;

namespace LastMile.Events.EntityFrameworkCore.Keys;

/// <summary>Finds a rule by its template.</summary>
internal static class RuleLookup
{
    /// <param name="entities">The entity types that may declare the rule.</param>
    /// <param name="name">Their name in errors.</param>
    /// <param name="method">The method that declares such rules.</param>
    /// <param name="templates">Selects the rules of that kind.</param>
    /// <param name="template">The template.</param>
    /// <exception cref="InvalidOperationException">No type declares the rule, or several do with columns of different types.</exception>
    public static RuleTemplate Find(
        IEnumerable<IEntityType> entities,
        string name,
        string method,
        Func<EntityKeys, IReadOnlyDictionary<string, RuleTemplate>> templates,
        string template)
    {
        ArgumentNullException.ThrowIfNull(template);
        var declared = entities.Select(entity => templates(EntityKeys.Of(entity))).ToList();
        var found = declared.Select(rules => rules.GetValueOrDefault(template)).OfType<RuleTemplate>().ToList();
        if (found.Count == 0)
            throw Unknown(name, method, template, [.. declared.SelectMany(rules => rules.Keys).Distinct(StringComparer.Ordinal)]);

        return found.TrueForAll(other => other.ColumnTypes.SequenceEqual(found[0].ColumnTypes, StringComparer.Ordinal))
            ? found[0]
            : throw new InvalidOperationException(
                $"{name} is the class of several entity types that declare {method}(\"{template}\") with columns of different types. "
                    + "Pass the entity type.");
    }

    private static InvalidOperationException Unknown(string name, string method, string template, List<string> declared) => new(
        declared.Count == 0
            ? $"{name} declares no {method}(…), so no purge drops \"{template}\"."
            : $"{name} declares no {method}(\"{template}\"), so no purge drops it.{Nearest(template, declared)} "
                + $"It declares: {string.Join(", ", declared)}.");

    private static string Nearest(string template, List<string> declared) =>
        NearestName.To(template, declared) is { } near ? $" Did you mean \"{near}\"?" : "";
}
