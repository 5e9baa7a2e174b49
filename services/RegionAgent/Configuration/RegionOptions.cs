using System.ComponentModel.DataAnnotations;
using LastMile.Events.Hosting;

namespace LastMile.Events.RegionAgent.Configuration;

/// <summary>How purges reach the region.</summary>
internal enum Topology
{
    /// <summary>The region's Redis is a writable replica of the primary. Replication applies purges; the agent verifies them.</summary>
    Replicated,

    /// <summary>The region's Redis is a separate server. The agent applies the purges that it receives from the bus.</summary>
    Independent,

    /// <summary>
    /// The region's Redis is a replica of the primary that refuses writes, and applications fill the cache at the primary. Replication
    /// applies purges; the agent verifies them, and can't repair the region.
    /// </summary>
    ReadOnly,
}

/// <summary>The reaction to permanently lost purges: the agent was down for longer than the purge log keeps them.</summary>
internal enum LostPurges
{
    /// <summary>Drop the region's whole cache. No stale entry remains, and the database is busier for a while.</summary>
    Drop,

    /// <summary>Report the loss and keep the entries until they expire.</summary>
    Alert,
}

/// <summary>The region that the agent watches, and the thresholds of its verdicts: section <c>Region</c>.</summary>
internal sealed class RegionOptions : IValidatableObject
{
    /// <summary>The section's name.</summary>
    public const string Section = "Region";

    private const int NameLength = 64;

    /// <summary>
    /// The region's name, such as <c>ams</c>: 1 to 64 letters, digits, '-' and '_', because the region's queue is named after it. Required.
    /// </summary>
    public string Name { get; set; } = "";

    /// <summary>
    /// The agent's instance name in its reports. Default: the machine's name and the process id, which is unique among running agents.
    /// </summary>
    public string AgentName { get; set; } = $"{Environment.MachineName}-{Environment.ProcessId}";

    /// <summary>How purges reach the region. Default <see cref="Topology.Replicated"/>.</summary>
    public Topology Topology { get; set; }

    /// <summary>
    /// The primary of a read-only region, where the agent writes, in the form of <c>Redis:ConnectionString</c>. Required there, and refused
    /// in other regions. Default none.
    /// </summary>
    public string? PrimaryConnectionString { get; set; }

    /// <summary>
    /// A PEM file of the CA that signs the primary's certificate, for TLS (<c>ssl=true</c>). Default none: the CAs that the machine trusts.
    /// </summary>
    public string? PrimaryCaCertificate { get; set; }

    /// <summary>
    /// The age of the oldest missing purge at which the region counts as lagging. Default 500 ms, from 50 ms to 10 minutes. The default is
    /// three times a 150 ms link, and too short for a reader to notice. An episode ends below half of this value, so under a steady load
    /// half of it must exceed the link's delay.
    /// </summary>
    [Within("50ms", "10m")]
    public TimeSpan WarnAfter { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// The lag, or the length of an outage of the link or the server, that is critical: applications should stop serving from the region's
    /// cache. Default 10 s; more than <see cref="WarnAfter"/> and <see cref="DownAfter"/>, up to a day.
    /// </summary>
    [Within("100ms", "1d")]
    public TimeSpan CriticalAfter { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long the region must be healthy before an episode ends. Default 1 s, from 100 ms to 10 minutes. A longer time reports the
    /// recovery late; with a shorter one, a flapping link raises an alert each time.
    /// </summary>
    [Within("100ms", "10m")]
    public TimeSpan RecoverAfter { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long the link or the server may be down while no purge is missing. Default 2 s, from 100 ms to 10 minutes. A replica reconnects
    /// within a second, so a shorter outage is not worth an alert.
    /// </summary>
    [Within("100ms", "10m")]
    public TimeSpan DownAfter { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How long the bus may be silent before the verdict is <c>BusSilent</c>. Default 5 s, from 2 s to 10 minutes. Each Invalidator sends a
    /// heartbeat once a second.
    /// </summary>
    [Within("2s", "10m")]
    public TimeSpan BusSilentAfter { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// The age at which the agent itself applies a purge that replication has not delivered. Default 250 ms, from 1 ms to 10 minutes; 0 for
    /// never. An independent region has no replication, so the agent purges it at once and ignores this setting. A read-only region
    /// can't be purged by its agent, which ignores it too.
    /// </summary>
    [Within("1ms", "10m", Zero = "never")]
    public TimeSpan RepairAfter { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// The reaction to permanently lost purges. Default <see cref="LostPurges.Drop"/>. The agent publishes <c>RegionPurgesLost</c> in both
    /// cases.
    /// </summary>
    public LostPurges OnLostPurges { get; set; }

    /// <summary>
    /// In an independent region, the longest time from the read of a tag's generation to the expiry of an entry that was filled with it.
    /// Default 7 days, from 1 s to 366 days. Replicated regions use <c>Invalidator:LongestEntryLifetime</c>.
    /// </summary>
    [Within("1s", "366d")]
    public TimeSpan LongestEntryLifetime { get; set; } = TimeSpan.FromDays(7);

    /// <summary>
    /// How often the agent polls the region's Redis for its watermark and link, as a check on the subscription; five times as often while a
    /// purge is missing. Default 1 s, from 100 ms to 10 s. Each poll costs two commands.
    /// </summary>
    [Within("100ms", "10s")]
    public TimeSpan ObservePeriod { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// The lineages whose purges the region receives: one for each database on the broker's virtual host. Default: one, named <c>main</c>.
    /// </summary>
    public List<LineageOptions> Lineages { get; set; } = [];

    /// <summary>The lineages, at least one.</summary>
    public IReadOnlyList<LineageOptions> ServedLineages => Lineages.Count > 0 ? Lineages : [new()];

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        return new[]
        {
            IsName(Name) ? null : $"{Section}:{nameof(Name)} must be 1 to {NameLength} letters, digits, '-' or '_'; "
                + $"it is {(Name.Length == 0 ? "missing" : $"'{Name}'")}.",
            Enum.IsDefined(Topology) ? null : $"{Section}:{nameof(Topology)} must be one of "
                + $"{string.Join(", ", Enum.GetNames<Topology>())}; it is '{Topology}'.",
            CriticalAfter > WarnAfter && CriticalAfter > DownAfter ? null : $"{Section}:{nameof(CriticalAfter)} must be more than "
                + $"{nameof(WarnAfter)} ({Duration.Format(WarnAfter)}) and {nameof(DownAfter)} ({Duration.Format(DownAfter)}); "
                + $"it is {Duration.Format(CriticalAfter)}.",
            Enum.IsDefined(OnLostPurges) ? null : $"{Section}:{nameof(OnLostPurges)} must be one of "
                + $"{string.Join(", ", Enum.GetNames<LostPurges>())}; it is '{OnLostPurges}'.",
        }.OfType<string>().Select(error => new ValidationResult(error)).Concat(LineageErrors())
            .Concat(PrimaryErrors(validationContext));
    }

    /// <summary>Returns the options of the connection to the primary of a read-only region.</summary>
    /// <param name="region">Those of the region's Redis, whose names have the same prefix.</param>
    public RedisOptions PrimaryOf(RedisOptions region)
    {
        ArgumentNullException.ThrowIfNull(region);
        return region.Of($"{Section}:Primary", PrimaryConnectionString ?? "", PrimaryCaCertificate);
    }

    private IEnumerable<ValidationResult> PrimaryErrors(ValidationContext context)
    {
        if (Topology == Topology.ReadOnly)
            return PrimaryOf(new RedisOptions()).Validate(context);
        return string.IsNullOrEmpty(PrimaryConnectionString) && PrimaryCaCertificate is null ? [] : [new(
            $"{Section}:{nameof(PrimaryConnectionString)} or {nameof(PrimaryCaCertificate)} is set, but only an agent with "
                + $"{Section}:{nameof(Topology)} {nameof(Topology.ReadOnly)} writes to the primary. Remove it, or change the topology.")];
    }

    private IEnumerable<ValidationResult> LineageErrors()
    {
        for (var i = 0; i < Lineages.Count; i++)
        {
            var setting = $"{Section}:{nameof(Lineages)}:{i}";
            foreach (var error in Lineages[i].Validate(setting))
                yield return error;
            // The agent's lease would have to be in the region's Redis.
            if (Topology == Topology.ReadOnly && Lineages[i].LogAddress is not null)
                yield return new($"{setting}:{nameof(LineageOptions.LogAddress)} is set, but a read-only region needs no log. Remove it.");
        }

        foreach (var twice in Lineages.CountBy(lineage => lineage.Name, StringComparer.Ordinal).Where(name => name.Value > 1))
            yield return new($"{Section}:{nameof(Lineages)} contains '{twice.Key}' {twice.Value} times. Remove the repetition.");
    }

    private static bool IsName(string name) =>
        name.Length is > 0 and <= NameLength && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');
}
