using LastMile.Events.Invalidator.Changes;
using LastMile.Events.Invalidator.Rules;
using LastMile.Events.Messages;

namespace LastMile.Events.Invalidator.Intake.Bus;

/// <summary>
/// A message that exceeds a limit, or that the purge rules can't be applied to. The error queue shows this text as the reason.
/// </summary>
public sealed class InvalidChangeException(string message) : Exception(message);

/// <summary>Turns published changes into the names they purge.</summary>
internal static class ChangeInterpreter
{
    private static readonly Dictionary<string, string?> NoValues = [];

    /// <summary>Returns the names that a message purges.</summary>
    /// <exception cref="InvalidChangeException">A change is invalid, or the message has no changes or too many.</exception>
    public static PurgeNames Interpret(EntitiesChanged message, RuleBook book)
    {
        if (message.Changes is not { Count: > 0 and <= Limits.ChangesPerMessage } changes)
        {
            throw new InvalidChangeException(
                $"EntitiesChanged {message.Id} holds {message.Changes?.Count ?? 0} changes; it must hold 1 to {Limits.ChangesPerMessage}.");
        }

        var names = new PurgeNames(book.Own, book.Encoding);
        foreach (var change in changes)
            names.Add(Interpret(change, book));
        return names;
    }

    /// <summary>Returns the names that a message purges.</summary>
    /// <exception cref="InvalidChangeException">The change exceeds a limit, or its values can't fill the rules.</exception>
    public static PurgeNames Interpret(EntityChanged change, RuleBook book)
    {
        if (change is null || string.IsNullOrWhiteSpace(change.Entity))
            throw new InvalidChangeException($"EntityChanged {change?.Id} names no entity. Set Entity to the name that purge rules use.");
        if (change.Entity.Length > Limits.EntityLength || PurgeNames.Reject(change.Entity) is not null)
            throw Invalid(change, $"the entity's name is longer than {Limits.EntityLength} characters or holds control characters");
        if ((change.Keys?.Count ?? 0) + (change.Tags?.Count ?? 0) is > Limits.ExplicitNames and var count)
        {
            throw Invalid(
                change, $"it carries {count} keys and tags; at most {Limits.ExplicitNames} are allowed. Split it, or purge a tag");
        }

        var names = new PurgeNames(book.Own, book.Encoding);
        foreach (var key in change.Keys ?? [])
            Add(names, RuleKind.Key, key, change);
        foreach (var tag in change.Tags ?? [])
            Add(names, RuleKind.Tag, tag, change);
        AddByRules(change, book.Of(change.Entity), names);
        return names;
    }

    private static void AddByRules(EntityChanged change, EntityRules rules, PurgeNames names)
    {
        if (change.Kind == ChangeKind.Truncate)
        {
            Add(names, RuleKind.Tag, change.Entity, change);
            return;
        }

        if (rules.All.Count == 0 && names.IsEmpty)
        {
            throw Invalid(
                change,
                "no purge rule is known for the entity, and the message has no keys or tags, so nothing can be purged. "
                    + "Declare a rule, or set Keys. If the entity belongs to another lineage, set Lineage to its name");
        }

        // A message with explicit names and no values purges only those names.
        if (change.Values is not { Count: > 0 } && !names.IsEmpty)
            return;

        Render(rules, change, change.Values ?? NoValues, names);
        if (change.PreviousValues is { Count: > 0 } previous)
            Render(rules, change, previous, names);
    }

    private static void Render(EntityRules rules, EntityChanged change, IReadOnlyDictionary<string, string?> values, PurgeNames names)
    {
        if (rules.FindMissing(values) is var (lacking, value))
        {
            throw Invalid(
                change,
                $"the template '{lacking.Template}' needs a value for '{value}', which the message lacks. "
                    + "Add it to Values and PreviousValues (null if it has no value)");
        }

        // Any value still missing belongs to another table's rules: it counts as null, so those rules yield no names.
        foreach (var rule in rules.All)
        {
            if (rule.Template.Render(placeholder => values.GetValueOrDefault(placeholder)) is { } name)
                Add(names, rule.Kind, name, change);
        }
    }

    private static void Add(PurgeNames names, RuleKind kind, string? name, EntityChanged change)
    {
        if (names.Add(kind, name!) is { } reason)
            throw Invalid(change, reason);
    }

    private static InvalidChangeException Invalid(EntityChanged change, string reason) =>
        new($"EntityChanged {change.Id} of '{Truncation.Of(change.Entity, 60)}' was rejected: {reason}.");
}
