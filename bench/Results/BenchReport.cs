using System.Text.Json;
using System.Text.Json.Serialization;

namespace LastMile.Events.Bench.Results;

/// <summary>The report that <c>bench --report</c> writes.</summary>
/// <param name="Date">When the run ended.</param>
/// <param name="Machine">The machine it ran on.</param>
/// <param name="Servers">The server versions, by server name.</param>
/// <param name="Quick">Whether the rounds were short; if so, do not quote the figures.</param>
/// <param name="Sections">The sections, each with every sample.</param>
internal sealed record BenchReport(
    DateTimeOffset Date, Machine Machine, IReadOnlyDictionary<string, string> Servers, bool Quick, IReadOnlyList<SectionResult> Sections)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        Converters = { new JsonStringEnumConverter(), new Samples() },
    };

    /// <summary>Writes the report as JSON, and next to it as Markdown with plots.</summary>
    /// <param name="file">The JSON file's name; the other files' names begin with it.</param>
    /// <param name="cancellationToken">Cancels the write.</param>
    /// <returns>The files' paths.</returns>
    public async Task<IReadOnlyList<string>> WriteAsync(string file, CancellationToken cancellationToken)
    {
        var json = Path.GetFullPath(file);
        var folder = Path.GetDirectoryName(json)!;
        var name = Path.GetFileNameWithoutExtension(json);
        Directory.CreateDirectory(folder);

        List<(string Path, string Text)> files =
        [
            (json, JsonSerializer.Serialize(this, Json)),
            (Path.Combine(folder, name + ".md"), new MarkdownReport(this, name).Write()),
            .. Sections.SelectMany(Exhibit.Of).Select(exhibit => (Path.Combine(folder, exhibit.PlotFile(name)), exhibit.DrawPlot())),
        ];
        foreach (var (path, text) in files)
            await File.WriteAllTextAsync(path, text.TrimEnd() + "\n", cancellationToken);
        return [.. files.Select(written => written.Path)];
    }
}
