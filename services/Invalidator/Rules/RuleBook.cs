using LastMile.Events.Postgres;
using LastMile.Events.Redis;

namespace LastMile.Events.Invalidator.Rules;

/// <summary>What a template gives: a key to drop or a tag to renew.</summary>
internal enum RuleKind
{
    Key,
    Tag,
}

/// <summary>A purge rule.</summary>
internal sealed record PurgeRule(string Entity, RuleKind Kind, PurgeTemplate Template)
{
    /// <summary>The first value that the rule names and that is not among those at hand; null when none is missing.</summary>
    public string? MissingAmong(IEnumerable<string> values) => Template.Placeholders.FirstOrDefault(placeholder => !values.Contains(placeholder, StringComparer.Ordinal));
}

/// <summary>A table that is captured, and the rules that were declared with it.</summary>
/// <param name="Entity">The entity that it is captured as; other tables may be captured as the same.</param>
/// <param name="Schema">Its schema, when it was declared.</param>
/// <param name="Name">Its name with that schema, as its outbox rows have it.</param>
/// <param name="Properties">The columns of its outbox rows: all that its rules name.</param>
/// <param name="Rules">Its rules.</param>
internal sealed record TrackedTable(string Entity, string Schema, string Name, string[] Properties, IReadOnlyList<PurgeRule> Rules);

/// <summary>All purge rules at one revision. Immutable.</summary>
internal sealed class RuleBook
{
    public static readonly RuleBook Empty = new(Guid.Empty, [], []);

    private readonly Dictionary<string, EntityRules> byEntity;

    public RuleBook(Guid revision, IReadOnlyCollection<TrackedTable> tables, IReadOnlyCollection<PurgeRule> configured)
    {
        Revision = revision;
        byEntity = tables.Select(table => table.Entity).Concat(configured.Select(rule => rule.Entity))
            .Distinct(StringComparer.Ordinal)
            .ToDictionary(
                entity => entity,
                entity => new EntityRules(entity, [.. tables.Where(table => table.Entity == entity)], [.. configured.Where(rule => rule.Entity == entity)]),
                StringComparer.Ordinal);
    }

    /// <summary>The revision of the database's rules; empty before they were read. Of two that differ none is known to be the later one.</summary>
    public Guid Revision { get; }

    /// <summary>LastMile's own names in the Redis that is purged: no rule may give one of them as a key.</summary>
    public RedisKeys Own { get; init; } = new();

    /// <summary>What the database can hold of a name.</summary>
    public DatabaseEncoding Encoding { get; init; } = DatabaseEncoding.Any;

    /// <summary>The rules of an entity; none when it is unknown.</summary>
    public EntityRules Of(string entity) => byEntity.GetValueOrDefault(entity) ?? new EntityRules(entity, [], []);
}
