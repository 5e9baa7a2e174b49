using System.Xml.Linq;

namespace LastMile.Events.Cli.Tests;

/// <summary>The projects of the repository and their project references.</summary>
internal sealed class ProjectGraph
{
    // Files that every project depends on, in any folder.
    // Tests run the commands of pages.
    private static readonly string[] Everywhere = [".props", ".targets", "global.json", ".editorconfig", "BannedSymbols.txt", ".md"];

    // Files that tests read from outside the project folders.
    private static readonly string[] ReadByTests = ["deploy/", "docs/", "docker-compose.yml", ".dockerignore", ".env"];

    private readonly Dictionary<string, IReadOnlyList<string>> references;

    internal ProjectGraph(IEnumerable<KeyValuePair<string, IReadOnlyList<string>>> references) =>
        this.references = new(references, StringComparer.Ordinal);

    /// <summary>All project files, relative to the repository.</summary>
    public IReadOnlyCollection<string> Projects => references.Keys;

    /// <summary>Reads all project files of a repository.</summary>
    public static ProjectGraph Read(string repository) => new(
        Directory.EnumerateDirectories(repository)
            .Where(folder => Path.GetFileName(folder) is not ("artifacts" or ".git" or ".lastmile"))
            .SelectMany(folder => Directory.EnumerateFiles(folder, "*.csproj", SearchOption.AllDirectories))
            .Select(file => KeyValuePair.Create(Path.GetRelativePath(repository, file), ReferencesOf(repository, file))));

    /// <summary>Whether one of the files belongs to a project or to a project that it references.</summary>
    /// <param name="project">A project file, relative to the repository.</param>
    /// <param name="files">Files, relative to the repository.</param>
    public bool DependsOnAny(string project, IReadOnlyCollection<string> files)
    {
        var folders = Closure(project).Select(needed => Path.GetDirectoryName(needed) + "/").ToList();
        return files.Any(file => Everywhere.Any(name => file.EndsWith(name, StringComparison.Ordinal))
            || ReadByTests.Any(name => file.StartsWith(name, StringComparison.Ordinal))
            || folders.Exists(folder => file.StartsWith(folder, StringComparison.Ordinal)));
    }

    private HashSet<string> Closure(string project)
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        Add(project);
        return found;

        void Add(string needed)
        {
            if (!found.Add(needed) || !references.TryGetValue(needed, out var next))
                return;
            foreach (var reference in next)
                Add(reference);
        }
    }

    private static IReadOnlyList<string> ReferencesOf(string repository, string file) =>
    [
        .. XDocument.Load(file).Descendants("ProjectReference")
            .Select(reference => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, reference.Attribute("Include")!.Value)))
            .Select(path => Path.GetRelativePath(repository, path)),
    ];
}
