namespace LastMile.Events.Cli.Tests;

/// <summary>Which of the repository's test projects a run is for.</summary>
internal sealed class ProjectSelection(string repository)
{
    private readonly ProjectGraph graph = ProjectGraph.Read(repository);
    private IReadOnlyList<TestProject>? selected;

    /// <summary>The selected projects; all of them until a choice is made.</summary>
    public IReadOnlyList<TestProject> Projects => selected ??= TestProject.FindAll(repository, graph);

    /// <summary>Keeps the projects with one of these names; all if there are none.</summary>
    /// <exception cref="ArgumentException">There is no project with one of the names.</exception>
    public void KeepNamed(IReadOnlyCollection<string> names)
    {
        if (names.Count == 0)
            return;
        if (names.Where(name => !Projects.Any(project => project.IsCalled(name))).ToArray() is { Length: > 0 } unknown)
            throw new ArgumentException($"There is no test project {string.Join(", ", unknown)}. There are: {string.Join(", ", Projects.Select(project => project.Name))}.");
        selected = [.. Projects.Where(project => names.Any(project.IsCalled))];
    }

    /// <summary>Keeps the projects that depend on a file which differs from the last commit.</summary>
    /// <exception cref="InvalidOperationException">The repository is no git clone.</exception>
    public async Task KeepChangedAsync(CancellationToken cancellationToken)
    {
        var files = await ChangedFiles.ListAsync(repository, cancellationToken);
        selected = [.. Projects.Where(project => graph.DependsOnAny(project.ProjectFile, files))];
    }
}
