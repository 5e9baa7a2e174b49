using System.CommandLine;
using LastMile.Events.Fabric;
using Spectre.Console;

namespace LastMile.Events.Cli.Pack;

/// <summary><c>./lastmile pack</c>: builds and checks the NuGet packages of a release.</summary>
internal sealed class PackCommand : Command
{
    private readonly Option<DirectoryInfo?> output = new("--output")
    {
        Description = "The folder for the packages; artifacts/packages by default. Only packages that pass the checks are stored there.",
        HelpName = "folder",
    };

    public PackCommand()
        : base("pack", "Build the NuGet packages of this version, and check their contents.")
    {
        Options.Add(output);
        SetAction((parsed, cancellationToken) =>
            RunAsync(RunFolder.RepositoryFolder(), parsed.GetValue(output)?.FullName, cancellationToken));
    }

    private static async Task<int> RunAsync(string repository, string? output, CancellationToken cancellationToken)
    {
        output = Directory.CreateDirectory(output ?? Path.Combine(repository, "artifacts", "packages")).FullName;
        var made = await PackBuild.RunAsync(repository, cancellationToken);
        if (made is null)
            return Fail("The build failed. Its errors are above.");

        var problems = made.SelectMany(package => PackageCheck.Problems(package).Select(problem => $"{package.Id}: {problem}")).ToList();
        Show(made);
        if (problems.Count > 0)
            return Fail(string.Join(Environment.NewLine, [.. problems, $"Fix these problems. No package was stored in {output}."]));

        foreach (var file in made.SelectMany(package => (string[])[package.File, package.SymbolsFile]))
            File.Move(file, Path.Combine(output, Path.GetFileName(file)), overwrite: true);
        AnsiConsole.WriteLine($"Packages and symbols are in {output}.");
        return 0;
    }

    private static void Show(IEnumerable<BuiltPackage> packages)
    {
        var table = new Table().AddColumns("package", "version", "size");
        table.Columns[2].RightAligned();
        foreach (var package in packages)
            table.AddRow(package.Id, package.Version, $"{new FileInfo(package.File).Length / 1024:N0} KiB");
        AnsiConsole.Write(table);
    }

    private static int Fail(string reason)
    {
        Console.Error.WriteLine(reason);
        return 1;
    }
}
