namespace LastMile.Events.Testing.Pages;

/// <summary>The test that runs blocks of the documentation, or the reason why none does.</summary>
/// <param name="Page">The page; <c>*</c> for every page.</param>
/// <param name="Language">The blocks' language.</param>
public sealed record BlockUse(string Page, string Language)
{
    /// <summary>Text that a block contains; null for every block.</summary>
    public string? Containing { get; init; }

    /// <summary>The class that runs the blocks, as <c>Project/Class</c>; null if none does.</summary>
    public string? Test { get; init; }

    /// <summary>Why no test runs the blocks; null if one does.</summary>
    public string? Reason { get; init; }

    /// <summary>Every use. The first one that fits a block applies. Blocks of text and diagrams need none.</summary>
    public static IReadOnlyList<BlockUse> All { get; } =
    [
        Run("docs/adopt.md", "sh", "Packages.Tests/AdoptionTests"),
        Run("docs/adopt.md", "diff", "Packages.Tests/AdoptionTests"),
        Run("docs/adopt.md", "json", "Packages.Tests/AdoptionTests"),
        Run("docs/adopt.md", "csharp", "Packages.Tests/AdoptionTests", containing: "namespace Shop"),
        Run("docs/api.md", "sh", "Invalidator.Tests/DocumentedApiTests"),
        Run("docs/api.md", "json", "Invalidator.Tests/DocumentedApiTests"),
        Run("docs/capture.md", "sql", "Invalidator.Tests/FanOutTests", containing: "create table authors"),
        Run("*", "sh", "Packages.Tests/InstallTests", containing: "dotnet add package "),
        Run("*", "sh", "Packages.Tests/InstallTests", containing: "dotnet tool install "),
        Run("docs/messages.md", "json", "Documentation.Tests/MessageReferenceTests"),
        Run("docs/operations/containers.md", "sh", "Fabric.Tests/DocumentedContainerTests"),
        Run("docs/operations/doctor.md", "sh", "Tool.Tests/DoctorTests"),
        Run("docs/operations/kubernetes.md", "sh", "Fabric.Tests/DocumentedContainerTests", containing: "docker "),
        Run("docs/operations/kubernetes.md", "sh", "Kubernetes.Tests/DocumentedCommandTests"),
        Run("docs/operations/kubernetes.md", "properties", "Kubernetes.Tests/DocumentedCommandTests"),
        Run("docs/operations/kubernetes.md", "yaml", "Kubernetes.Tests/DocumentedOverlayTests"),
        Run("docs/operations/setup.md", "sh", "Tool.Tests/InstalledSystemTests"),
        Run("CONTRIBUTING.md", "sh", "EndToEnd.Tests/CommandLineTests", containing: "address"),
        Skip("CONTRIBUTING.md", "sh", "builds everything, as each run of the tests has done before", "dotnet build LastMile.Events.sln"),
        Skip("CONTRIBUTING.md", "sh", "writes a migration into the sources", "dotnet ef migrations add"),
        Skip("docs/capture.md", "console", "changes the project that it runs in"),
        Skip("bench/wolverine.md", "csharp", "needs packages that the repository does not reference"),
        Run("*", "sh", "Cli.Tests/DocumentedCommandLineTests", containing: "lastmile "),
        Run("*", "sql", "Documentation.Tests/DocumentedSqlTests"),
        Run("*", "csharp", "Documentation.Tests/DocumentedCodeTests"),
    ];

    /// <summary>Returns the use of a block; null if it has none.</summary>
    public static BlockUse? Of(DocumentedBlock block) => All.FirstOrDefault(use => use.Fits(block));

    /// <summary>Returns the blocks that a test class has to run, in the order of pages and lines.</summary>
    /// <typeparam name="TTests">The class.</typeparam>
    public static IReadOnlyList<DocumentedBlock> BlocksFor<TTests>()
    {
        var test = $"{typeof(TTests).Assembly.GetName().Name}/{typeof(TTests).Name}";
        return [.. DocumentationPage.All.SelectMany(page => page.Blocks).Where(block => Of(block)?.Test == test)];
    }

    private static BlockUse Run(string page, string language, string test, string? containing = null) =>
        new(page, language) { Test = test, Containing = containing };

    private static BlockUse Skip(string page, string language, string reason, string? containing = null) =>
        new(page, language) { Reason = reason, Containing = containing };

    private bool Fits(DocumentedBlock block) =>
        (Page == "*" || Page == block.Page) && Language == block.Language
        && (Containing is null || block.Text.Contains(Containing, StringComparison.Ordinal));
}
