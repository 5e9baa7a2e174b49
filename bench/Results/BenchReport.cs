using System.Text.Json;
using System.Text.Json.Serialization;

namespace LastMile.Events.Bench.Results;

/// <summary>What <c>bench --report</c> writes.</summary>
/// <param name="Quick">Whether the rounds were short: then no figure is one to quote.</param>
/// <param name="Sections">Each with every sample.</param>
internal sealed record BenchReport(bool Quick, IReadOnlyList<SectionResult> Sections)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true, Converters = { new JsonStringEnumConverter() } };

    public async Task WriteAsync(string file, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(this, Json) + Environment.NewLine, cancellationToken);
    }
}
