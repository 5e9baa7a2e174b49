using System.Text.Encodings.Web;
using System.Text.Json;
using LastMile.Events.Chaos.Oracle;

namespace LastMile.Events.Chaos.Report;

/// <summary>What a run has done and found.</summary>
internal sealed record ChaosReport
{
    // For people and scripts, not for HTML.
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public required int Seed { get; init; }

    public required IReadOnlyCollection<string> Independent { get; init; }

    public required double Seconds { get; init; }

    public required int Rounds { get; init; }

    /// <summary>How often each kind of fault was made.</summary>
    public required IReadOnlyDictionary<string, int> Faults { get; init; }

    /// <summary>Versions of followed products that were committed.</summary>
    public required long Changes { get; init; }

    /// <summary>Reads that the Storefronts answered.</summary>
    public required long Reads { get; init; }

    /// <summary>Cache keys that were compared with the database.</summary>
    public required long KeysChecked { get; init; }

    /// <summary>Episodes of lag that were told.</summary>
    public required int Episodes { get; init; }

    /// <summary>The longest time from when all was mended until all was right.</summary>
    public required double LongestSettlingSeconds { get; init; }

    /// <summary>The most memory of one service.</summary>
    public required long MostMemoryMiB { get; init; }

    /// <summary>The Invalidators' most connections to PostgreSQL.</summary>
    public required long MostConnections { get; init; }

    /// <summary>How long purges took, by region.</summary>
    public required IReadOnlyDictionary<string, PurgeTimes> Regions { get; init; }

    /// <summary>What was wrong and did not mend: stale keys, lost changes, alerts; empty when the run has passed.</summary>
    public required IReadOnlyList<string> Problems { get; init; }

    public bool Passed => Problems.Count == 0;

    public Task WriteAsync(string path, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        return File.WriteAllTextAsync(path, JsonSerializer.Serialize(this, Json), cancellationToken);
    }
}
