using LastMile.Events.Postgres;

namespace LastMile.Events.Invalidator.Rules;

/// <summary>What a template gives: a key to drop or a tag to renew.</summary>
internal enum RuleKind
{
    Key,
    Tag,
}

/// <summary>A purge rule.</summary>
internal sealed record PurgeRule(string Entity, RuleKind Kind, PurgeTemplate Template);

/// <summary>All purge rules at one revision. Immutable.</summary>
internal sealed class RuleBook
{
    public static readonly RuleBook Empty = new(-1, []);

    private readonly Dictionary<string, PurgeRule[]> byEntity;

    public RuleBook(long revision, IEnumerable<PurgeRule> rules)
    {
        Revision = revision;
        byEntity = rules.GroupBy(rule => rule.Entity, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.ToArray(), StringComparer.Ordinal);
    }

    /// <summary>The revision of the database's rules; -1 before they were read.</summary>
    public long Revision { get; }

    /// <summary>The rules of an entity; none when it is unknown.</summary>
    public IReadOnlyList<PurgeRule> Of(string entity) => byEntity.GetValueOrDefault(entity) ?? [];
}
