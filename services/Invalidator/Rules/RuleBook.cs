using LastMile.Events.Invalidator.Changes;
using LastMile.Events.Postgres;
using LastMile.Events.Redis;

namespace LastMile.Events.Invalidator.Rules;

/// <summary>A purge rule.</summary>
internal sealed record PurgeRule(string Entity, RuleKind Kind, PurgeTemplate Template)
{
    /// <summary>Returns the first value that the rule names and <paramref name="values"/> lacks; null when none is missing.</summary>
    public string? MissingAmong(IEnumerable<string> values) =>
        Template.Placeholders.FirstOrDefault(placeholder => !values.Contains(placeholder, StringComparer.Ordinal));
}

/// <summary>A captured table and the rules that were declared with it.</summary>
/// <param name="Entity">The entity that it is captured as; several tables may share one.</param>
/// <param name="Schema">Its schema when it was declared.</param>
/// <param name="Name">Its name with that schema, as in its outbox rows.</param>
/// <param name="Properties">The columns of its outbox rows: all columns that its rules name.</param>
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
                entity => new EntityRules(
                    entity, [.. tables.Where(table => table.Entity == entity)], [.. configured.Where(rule => rule.Entity == entity)]),
                StringComparer.Ordinal);
    }

    /// <summary>The revision of the database's rules; empty before they are read. Revisions have no order, only equality.</summary>
    public Guid Revision { get; }

    /// <summary>LastMile's own names in the Redis that is purged: no rule may render one of them as a key.</summary>
    public RedisKeys Own { get; init; } = new();

    /// <summary>The encoding of the database, which limits the names that it can store.</summary>
    public DatabaseEncoding Encoding { get; init; } = DatabaseEncoding.Any;

    /// <summary>Returns the rules of an entity; no rules when it is unknown.</summary>
    public EntityRules Of(string entity) => byEntity.GetValueOrDefault(entity) ?? new EntityRules(entity, [], []);
}
