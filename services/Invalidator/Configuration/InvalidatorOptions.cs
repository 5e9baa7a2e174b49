using System.ComponentModel.DataAnnotations;
using LastMile.Events.Hosting;
using LastMile.Events.Postgres;
using LastMile.Events.Redis;

namespace LastMile.Events.Invalidator.Configuration;

/// <summary>The Invalidator's settings: section <c>Invalidator</c>.</summary>
internal sealed class InvalidatorOptions : IValidatableObject
{
    public const string Section = "Invalidator";

    /// <summary>The instance's name in heartbeats. Default: machine name and process id, unique among running instances.</summary>
    public string Name { get; set; } = $"{Environment.MachineName}-{Environment.ProcessId}";

    /// <summary>
    /// The name of the database's stream of purges: 1 to 32 letters, digits, '-' and '_'. Default <c>main</c>. Databases that share a
    /// broker or a Redis need different names. The first start stores it in the database, and a later start with another name is refused.
    /// </summary>
    public string Lineage { get; set; } = RedisKeys.DefaultLineage;

    /// <summary>
    /// Whether to install or upgrade the outbox schema at start. Default true; set false where only a migration role may change the
    /// database.
    /// </summary>
    public bool InstallSchema { get; set; } = true;

    /// <summary>
    /// The maximum number of outbox rows in one claim. Default 5,000, 1 to 10,000: large claims drain a backlog faster; a crash repeats one
    /// claim per worker.
    /// </summary>
    [Within(1, 10_000)]
    public int ClaimRows { get; set; } = 5_000;

    /// <summary>
    /// The maximum number of entities in one claim. The last outbox row, with up to a thousand entities, may exceed it. Default 20,000, 1
    /// to 1,000,000: bounds memory and the duration of one transaction.
    /// </summary>
    [Within(1, 1_000_000)]
    public int ClaimEntities { get; set; } = 20_000;

    /// <summary>Concurrent claims. Default 2, 1 to 16: one purges while the other commits.</summary>
    [Within(1, 16)]
    public int Workers { get; set; } = 2;

    /// <summary>The longest time that a change missed by the stream waits. Default 1 s, 10 ms to 1 min.</summary>
    [Within("10ms", "1m")]
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// The longest interval between polls without a stream. Default 50 ms, 1 ms to 1 min: 20 queries a second per idle worker.
    /// </summary>
    [Within("1ms", "1m")]
    public TimeSpan PollIntervalWithoutStream { get; set; } = TimeSpan.FromMilliseconds(50);

    /// <summary>
    /// Megabytes of WAL that PostgreSQL may keep for the stream while a transaction is open. Above it, the Invalidator closes the stream
    /// and polls the outbox until the transaction ends. Default 512, 1 to 1,000,000.
    /// </summary>
    [Within(1, 1_000_000)]
    public int StreamWalMegabytes { get; set; } = 512;

    /// <summary>
    /// How long the log keeps purged batches. Default 1 day, 1 min to 366 days: the longest outage of a region that a replay can repair.
    /// </summary>
    [Within("1m", "366d")]
    public TimeSpan LogRetention { get; set; } = TimeSpan.FromDays(1);

    /// <summary>
    /// The delay before the same names are purged again, which removes an old value that a slow reader cached after the purge. Default 0
    /// (never); otherwise 10 ms to 1 h. Set it longer than the application takes from its database read to its cache write.
    /// </summary>
    [Within("10ms", "1h", Zero = "never")]
    public TimeSpan DoubleDeleteAfter { get; set; }

    /// <summary>
    /// The longest time from a reader's read of a tag's generation to the expiry of the entry filled with it. Default 7 days, 1 s to 366
    /// days. Older generations are deleted, so an entry that lives longer could become valid again.
    /// </summary>
    [Within("1s", "366d")]
    public TimeSpan LongestEntryLifetime { get; set; } = TimeSpan.FromDays(7);

    /// <summary>
    /// The time without a report from a region's agent after which the region counts as silent. Default 5 s, 2 s to 10 min: agents report
    /// each second.
    /// </summary>
    [Within("2s", "10m")]
    public TimeSpan SilentAfter { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The interval between audits of capture (<c>lastmile.audit()</c>). Default 1 h, 1 s to 1 day; 0 for never.</summary>
    [Within("1s", "1d", Zero = "never")]
    public TimeSpan AuditInterval { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Purge rules in addition to the database's, for teams that cache an entity but do not own its table.</summary>
    public List<ConfiguredRules> Rules { get; set; } = [];

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (string.IsNullOrWhiteSpace(Name))
            yield return new("Invalidator:Name must not be empty.");

        if (!RedisKeys.IsLineage(Lineage))
        {
            yield return new(
                $"Invalidator:Lineage must be 1 to {RedisKeys.LineageLength} letters, digits, '-' or '_'; it is '{Lineage}'.");
        }

        for (var i = 0; i < Rules.Count; i++)
        {
            if (string.IsNullOrWhiteSpace(Rules[i].Entity))
                yield return new($"Invalidator:Rules:{i}:Entity must name an entity.");
            foreach (var text in Rules[i].Keys.Concat(Rules[i].Tags))
            {
                if (!PurgeTemplate.TryParse(text, out _, out var error))
                    yield return new($"Invalidator:Rules:{i}: the template '{text}' {error}.");
            }
        }
    }

    /// <summary>The additional keys and tags of one entity.</summary>
    internal sealed class ConfiguredRules
    {
        /// <summary>The entity's name, as tracked.</summary>
        public string Entity { get; set; } = "";

        /// <summary>
        /// Key templates. One of the entity's tables must capture all properties of a template, which then applies to that table's rows.
        /// </summary>
        public List<string> Keys { get; set; } = [];

        /// <summary>Tag templates, with the same condition.</summary>
        public List<string> Tags { get; set; } = [];
    }
}
