using NuGet.Packaging;

namespace LastMile.Events.Cli.Pack;

/// <summary>Checks a package: its metadata, files, symbols and dependencies.</summary>
internal static class PackageCheck
{
    private const string License = "Apache-2.0";

    // From version 9, MassTransit needs a license (docs/adr/0002), so only an application may choose it.
    private const string NeverDependency = "MassTransit";

    /// <summary>Returns what is wrong with a package; empty if nothing is.</summary>
    public static IReadOnlyList<string> Problems(BuiltPackage package)
    {
        using var archive = new PackageArchiveReader(package.File);
        return [.. Metadata(archive), .. Dependencies(archive), .. Assemblies(package, archive)];
    }

    private static IEnumerable<string> Metadata(PackageArchiveReader archive)
    {
        var nuspec = archive.NuspecReader;
        if (nuspec.GetLicenseMetadata()?.License != License)
            yield return $"The license is not {License}.";
        if (Text(archive, nuspec.GetReadme()) is not { } readme || !readme.Contains(nuspec.GetId(), StringComparison.Ordinal))
            yield return "There is no README.md that names the package. Add one beside the project.";
        if (!archive.GetFiles().Contains(nuspec.GetIcon(), StringComparer.Ordinal))
            yield return "There is no icon. Directory.Build.targets adds it.";
        // The SDK's default description.
        if (nuspec.GetDescription() is not { Length: > 0 } description || description == "Package Description")
            yield return "There is no description. Set Description in the project.";
        if (nuspec.GetRepositoryMetadata() is not { Type: "git", Url.Length: > 0, Commit.Length: > 0 })
            yield return "The repository or its commit is unknown. Pack in a clone of the repository.";
        if (nuspec.GetTags() is not { Length: > 0 } || nuspec.GetProjectUrl() is not { Length: > 0 }
            || nuspec.GetReleaseNotes() is not { Length: > 0 })
        {
            yield return "Tags, the project's address or the release notes are missing. Directory.Build.targets sets them.";
        }
    }

    private static IEnumerable<string> Dependencies(PackageArchiveReader archive)
    {
        foreach (var dependency in archive.GetPackageDependencies().SelectMany(group => group.Packages))
        {
            if (dependency.Id.StartsWith(NeverDependency, StringComparison.OrdinalIgnoreCase))
                yield return $"It depends on {dependency.Id}, which applications must choose themselves.";
            if (dependency.VersionRange is not { HasLowerBound: true, IsFloating: false })
                yield return $"The version of {dependency.Id} has no lower bound.";
        }
    }

    private static IEnumerable<string> Assemblies(BuiltPackage package, PackageArchiveReader archive)
    {
        string[] own =
        [
            .. archive.GetFiles().Where(file =>
                Path.GetFileName(file).StartsWith("LastMile.", StringComparison.Ordinal) && Path.GetExtension(file) == ".dll"),
        ];
        if (own.Length == 0)
            yield return "It contains no assembly.";
        if (!File.Exists(package.SymbolsFile))
        {
            yield return "It has no symbol package.";
            yield break;
        }

        using var symbols = new PackageArchiveReader(package.SymbolsFile);
        var (files, pdbs) = (archive.GetFiles().ToHashSet(StringComparer.Ordinal), symbols.GetFiles().ToHashSet(StringComparer.Ordinal));
        foreach (var file in own)
        {
            var assembly = PackagedAssembly.Read(archive.GetEntry(file));
            if (assembly.HasMachineCode)
                yield return $"{file} contains machine code of one architecture. Build it without Precompile.";
            if (!assembly.SymbolsPath.StartsWith("/_/", StringComparison.Ordinal))
                yield return $"{file} names a path of this machine: {assembly.SymbolsPath}.";
            var pdb = Path.ChangeExtension(file, ".pdb");
            if (!pdbs.Contains(pdb) || !assembly.Matches(symbols.GetEntry(pdb)))
                yield return $"The symbol package lacks the symbols of {file}.";
            if (!files.Contains(Path.ChangeExtension(file, ".xml")))
                yield return $"{file} has no documentation.";
        }
    }

    private static string? Text(PackageArchiveReader archive, string? file)
    {
        if (file is null || !archive.GetFiles().Contains(file, StringComparer.Ordinal))
            return null;
        using var reader = new StreamReader(archive.GetEntry(file).Open());
        return reader.ReadToEnd();
    }
}
