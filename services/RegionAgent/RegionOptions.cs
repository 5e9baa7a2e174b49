using System.ComponentModel.DataAnnotations;

namespace LastMile.Events.RegionAgent;

/// <summary>How purges reach the region.</summary>
internal enum Topology
{
    /// <summary>The region's Redis is a writable replica of the primary: replication purges, the agent proves it.</summary>
    Replicated,

    /// <summary>The region's Redis is a server of its own: the agent purges it from the bus.</summary>
    Independent,
}

/// <summary>What to do when purges are lost for good: the agent was away for longer than the purge log reaches back.</summary>
internal enum LostPurges
{
    /// <summary>Drop the region's whole cache: nothing stale is left, and the database is busier for a while.</summary>
    Drop,

    /// <summary>Tell of it, and leave what there is until it expires.</summary>
    Alert,
}

/// <summary>Which region the agent watches, and when it calls it late: section <c>Region</c>.</summary>
internal sealed class RegionOptions : IValidatableObject
{
    /// <summary>The section's name.</summary>
    public const string Section = "Region";

    private const int NameLength = 64;

    /// <summary>The region's name, such as <c>ams</c>: 1 to 64 letters, digits, '-' and '_', because the region's queue is named after it. Required.</summary>
    public string Name { get; set; } = "";

    /// <summary>The agent's instance name in its reports. Default: the machine's name and the process id, unique among those that run.</summary>
    public string AgentName { get; set; } = $"{Environment.MachineName}-{Environment.ProcessId}";

    /// <summary>How purges reach the region. Default <see cref="Topology.Replicated"/>.</summary>
    public Topology Topology { get; set; }

    /// <summary>
    /// How old the oldest missing purge may be before the region counts as lagging. Default 500 ms, from 50 ms to 10 minutes: three
    /// times a link of 150 ms, and still less than a reader notices. An episode ends below half of it, so under steady changes half of
    /// it must be more than the link takes.
    /// </summary>
    public TimeSpan WarnAfter { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// When lag, or an outage of link or server, becomes critical: time to stop serving from the region's cache. Default 10 s; more than
    /// <see cref="WarnAfter"/> and <see cref="DownAfter"/>, up to a day.
    /// </summary>
    public TimeSpan CriticalAfter { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long the region must be calm before an episode ends. Default 1 s, from 100 ms to 10 minutes: longer, and the recovery is told
    /// late; shorter, and a link that comes and goes raises an alert each time.
    /// </summary>
    public TimeSpan RecoverAfter { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// How long link or server may be gone while no purge is missing. Default 2 s, from 100 ms to 10 minutes: a replica reconnects within
    /// a second, so a shorter loss is no news.
    /// </summary>
    public TimeSpan DownAfter { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// How long the bus may be silent before the agent counts as deaf. Default 5 s, from 2 s to 10 minutes: each Invalidator is heard
    /// once a second.
    /// </summary>
    public TimeSpan BusSilentAfter { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How old a purge that replication has not brought may be before the agent drops its keys itself. Default 250 ms, to 10 minutes;
    /// 0 for never. An independent region, which has no replication, is purged at once whatever stands here.
    /// </summary>
    public TimeSpan RepairAfter { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>What to do when purges are lost for good. Default <see cref="LostPurges.Drop"/>. Told as <c>RegionPurgesLost</c> either way.</summary>
    public LostPurges OnLostPurges { get; set; }

    /// <summary>
    /// In an independent region: the longest time from the read of a tag's generation to the end of the entry that was filled with it. Default 7 days,
    /// from 1 s to 366 days. Elsewhere <c>Invalidator:LongestEntryLifetime</c> counts.
    /// </summary>
    public TimeSpan LongestEntryLifetime { get; set; } = TimeSpan.FromDays(7);

    /// <summary>
    /// How often the region's Redis is asked for its watermark and link, as a check on the subscription; five times as often while a
    /// purge is missing. Default 1 s, from 100 ms to 10 s: two commands each time.
    /// </summary>
    public TimeSpan ObservePeriod { get; set; } = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        var longest = TimeSpan.FromMinutes(10);
        return new[]
        {
            IsName(Name) ? null : $"{Section}:{nameof(Name)} must be 1 to {NameLength} letters, digits, '-' or '_'; it is {(Name.Length == 0 ? "missing" : $"'{Name}'")}.",
            Enum.IsDefined(Topology) ? null : $"{Section}:{nameof(Topology)} must be one of {string.Join(", ", Enum.GetNames<Topology>())}; it is '{Topology}'.",
            Within(nameof(WarnAfter), WarnAfter, TimeSpan.FromMilliseconds(50), longest),
            Within(nameof(CriticalAfter), CriticalAfter, TimeSpan.FromMilliseconds(100), TimeSpan.FromDays(1)),
            CriticalAfter > WarnAfter && CriticalAfter > DownAfter ? null : $"{Section}:{nameof(CriticalAfter)} must be more than {nameof(WarnAfter)} ({WarnAfter:c}) and {nameof(DownAfter)} ({DownAfter:c}); it is {CriticalAfter:c}.",
            Within(nameof(RecoverAfter), RecoverAfter, TimeSpan.FromMilliseconds(100), longest),
            Within(nameof(DownAfter), DownAfter, TimeSpan.FromMilliseconds(100), longest),
            Within(nameof(BusSilentAfter), BusSilentAfter, TimeSpan.FromSeconds(2), longest),
            Within(nameof(RepairAfter), RepairAfter, TimeSpan.Zero, longest),
            Enum.IsDefined(OnLostPurges) ? null : $"{Section}:{nameof(OnLostPurges)} must be one of {string.Join(", ", Enum.GetNames<LostPurges>())}; it is '{OnLostPurges}'.",
            Within(nameof(LongestEntryLifetime), LongestEntryLifetime, TimeSpan.FromSeconds(1), TimeSpan.FromDays(366)),
            Within(nameof(ObservePeriod), ObservePeriod, TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(10)),
        }.OfType<string>().Select(error => new ValidationResult(error));
    }

    private static bool IsName(string name) =>
        name.Length is > 0 and <= NameLength && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');

    private static string? Within(string name, TimeSpan value, TimeSpan least, TimeSpan most) =>
        value >= least && value <= most ? null : $"{Section}:{name} must be from {least:c} to {most:c}; it is {value:c}.";
}
