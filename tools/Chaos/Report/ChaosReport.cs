using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using LastMile.Events.Chaos.Load;
using LastMile.Events.Chaos.Oracle;
using LastMile.Events.Fabric;

namespace LastMile.Events.Chaos.Report;

/// <summary>The result of a run.</summary>
internal sealed record ChaosReport
{
    // For people and scripts, not for HTML.
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public required int Seed { get; init; }

    public required IReadOnlyCollection<string> Independent { get; init; }

    /// <summary>The server of each independent region.</summary>
    [JsonConverter(typeof(JsonStringEnumConverter<RegionServer>))]
    public RegionServer Server { get; init; }

    public required double Seconds { get; init; }

    public required int Rounds { get; init; }

    /// <summary>How often each kind of fault was injected.</summary>
    public required IReadOnlyDictionary<string, int> Faults { get; init; }

    /// <summary>The number of committed versions of followed products.</summary>
    public required long Changes { get; init; }

    /// <summary>The number of reads that got a response from a Storefront.</summary>
    public required long Reads { get; init; }

    /// <summary>The number of cache keys compared with the database.</summary>
    public required long KeysChecked { get; init; }

    /// <summary>The number of Storefront pages compared with the database.</summary>
    public required long PagesChecked { get; init; }

    /// <summary>The number of reported lag episodes.</summary>
    public required int Episodes { get; init; }

    /// <summary>The longest time from the last mend of a round until the system was consistent.</summary>
    public required double LongestSettlingSeconds { get; init; }

    /// <summary>The peak memory of one service at a quiet point.</summary>
    public required long MostMemoryMiB { get; init; }

    /// <summary>The peak number of the Invalidators' connections to PostgreSQL.</summary>
    public required long MostConnections { get; init; }

    /// <summary>How long purges took, by region.</summary>
    public required IReadOnlyDictionary<string, PurgeTimes> Regions { get; init; }

    /// <summary>How many purges of all regions took more than a second, by the faults of that time.</summary>
    public IReadOnlyDictionary<string, long> Late { get; init; } = new Dictionary<string, long>(StringComparer.Ordinal);

    /// <summary>How old the products were that readers were served at any time, by region.</summary>
    public required IReadOnlyDictionary<string, ServedAges> Served { get; init; }

    /// <summary>The targets that independent regions missed.</summary>
    public IReadOnlyList<string> MissedTargets { get; init; } = [];

    /// <summary>Whether a missed target fails the run.</summary>
    public bool MissedTargetsFail { get; init; }

    /// <summary>Problems that did not go away: stale keys, lost changes, wrong alerts; empty if the run passed.</summary>
    public required IReadOnlyList<string> Problems { get; init; }

    public bool Passed => Problems.Count == 0 && !(MissedTargetsFail && MissedTargets.Count > 0);

    public Task WriteAsync(string path, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        return File.WriteAllTextAsync(path, JsonSerializer.Serialize(this, Json), cancellationToken);
    }
}
