namespace LastMile.Events.Cli.Tests;

/// <summary>The test projects selected for a run.</summary>
internal sealed class ProjectSelection(string repository)
{
    private readonly ProjectGraph graph = ProjectGraph.Read(repository);
    private IReadOnlyList<TestProject>? selected;

    /// <summary>The selected projects; initially all.</summary>
    public IReadOnlyList<TestProject> Projects => selected ??= TestProject.FindAll(repository, graph);

    /// <summary>Keeps the projects with one of these names; all if no name is given.</summary>
    /// <exception cref="ArgumentException">A name matches no project.</exception>
    public void KeepNamed(IReadOnlyCollection<string> names)
    {
        if (names.Count == 0)
            return;
        if (names.Where(name => !Projects.Any(project => project.IsCalled(name))).ToArray() is { Length: > 0 } unknown)
        {
            throw new ArgumentException($"Unknown test project {string.Join(", ", unknown)}. "
                + $"Choose from: {string.Join(", ", Projects.Select(project => project.Name))}.");
        }

        selected = [.. Projects.Where(project => names.Any(project.IsCalled))];
    }

    /// <summary>Keeps the projects that depend on a file that differs from the last commit.</summary>
    /// <exception cref="InvalidOperationException">git failed, for example because the repository is not a clone.</exception>
    public async Task KeepChangedAsync(CancellationToken cancellationToken)
    {
        var files = await ChangedFiles.ListAsync(repository, cancellationToken);
        selected = [.. Projects.Where(project => graph.DependsOnAny(project.ProjectFile, files))];
    }
}
