using System.Text.Json;

namespace LastMile.Events.Bench;

/// <summary>What <c>bench --report</c> writes.</summary>
/// <param name="Section">What was measured.</param>
/// <param name="Comparisons">With every sample.</param>
internal sealed record BenchReport(string Section, IReadOnlyList<Comparison> Comparisons)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public Task WriteAsync(string file, CancellationToken cancellationToken) =>
        File.WriteAllTextAsync(file, JsonSerializer.Serialize(this, Json) + Environment.NewLine, cancellationToken);
}
