using System.Text.Json;

namespace LastMile.Events.Cli;

/// <summary>Solution filters, which build several projects in one build.</summary>
internal static class SolutionFilter
{
    private const string Solution = "LastMile.Events.sln";

    /// <summary>Writes a solution filter; returns its path.</summary>
    /// <param name="repository">The folder of the solution.</param>
    /// <param name="name">The name of the file in <c>artifacts/</c>, without extension.</param>
    /// <param name="projects">Project files, relative to the repository.</param>
    /// <param name="cancellationToken">Cancels the write.</param>
    public static async Task<string> WriteAsync(
        string repository, string name, IEnumerable<string> projects, CancellationToken cancellationToken)
    {
        var file = Path.Combine(repository, "artifacts", name + ".slnf");
        var solution = new { path = $"../{Solution}", projects };
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(new { solution }), cancellationToken);
        return file;
    }
}
