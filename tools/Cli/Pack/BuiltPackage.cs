using NuGet.Packaging;

namespace LastMile.Events.Cli.Pack;

/// <summary>A package that was built.</summary>
/// <param name="File">The path of the package.</param>
/// <param name="Id">The package's name.</param>
/// <param name="Version">The package's version.</param>
internal sealed record BuiltPackage(string File, string Id, string Version)
{
    /// <summary>The path of the package with its symbols.</summary>
    public string SymbolsFile => Path.ChangeExtension(File, ".snupkg");

    /// <summary>Reads the name and version of a package.</summary>
    public static BuiltPackage Read(string file)
    {
        using var archive = new PackageArchiveReader(file);
        return new(file, archive.NuspecReader.GetId(), archive.NuspecReader.GetVersion().ToNormalizedString());
    }
}
