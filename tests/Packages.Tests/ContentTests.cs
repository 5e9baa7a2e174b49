using System.IO.Compression;
using LastMile.Events.Cli.Pack;
using LastMile.Events.Fabric;
using NuGet.Packaging;
using NuGet.Versioning;
using Xunit;

namespace Packages.Tests;

/// <summary>Tests what is in the packages, and that the check of <c>./lastmile pack</c> finds what is wrong.</summary>
public sealed class ContentTests(MadePackages packages)
{
    [Fact]
    public void Each_public_project_is_a_package() => Assert.Equal(
        [
            "LastMile.Events.Caching",
            "LastMile.Events.EntityFrameworkCore",
            "LastMile.Events.Messages",
            "LastMile.Events.Postgres",
            "LastMile.Events.Redis",
            "LastMile.Events.Tool",
        ],
        packages.All.Select(package => package.Id));

    [Fact]
    public void The_command_lists_each_package_and_its_version() =>
        Assert.All(packages.All, package => Assert.Matches($"{package.Id} +│ {package.Version} ", packages.Output));

    [Fact]
    public void Each_package_passes_the_check() => Assert.All(packages.All, package => Assert.Empty(PackageCheck.Problems(package)));

    [Theory]
    [InlineData("Messages")]
    [InlineData("Postgres", "Npgsql 10")]
    [InlineData("Redis", "StackExchange.Redis [3, 4)", "System.IO.Hashing 10")]
    [InlineData(
        "EntityFrameworkCore",
        "LastMile.Events.Postgres 0",
        "Microsoft.EntityFrameworkCore.Relational [10, 11)",
        "Npgsql.EntityFrameworkCore.PostgreSQL [10, 11)")]
    [InlineData(
        "Caching",
        "BitFaster.Caching 2",
        "LastMile.Events.Redis 0",
        "Microsoft.Extensions.Caching.Hybrid 10",
        "Microsoft.Extensions.Diagnostics.HealthChecks 10",
        "Microsoft.Extensions.Hosting.Abstractions 10",
        "StackExchange.Redis [3, 4)")]
    [InlineData("Tool")]
    public void A_package_depends_on_these_major_versions_only(string package, params string[] dependencies)
    {
        using var archive = new PackageArchiveReader(Package(package).File);

        Assert.Equal(
            dependencies,
            archive.GetPackageDependencies().SelectMany(group => group.Packages)
                .Select(dependency => $"{dependency.Id} {Majors(dependency.VersionRange)}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_package_requires_its_own_version_of_the_others()
    {
        using var archive = new PackageArchiveReader(Package("Caching").File);
        var redis = archive.GetPackageDependencies().Single().Packages.Single(dependency => dependency.Id == "LastMile.Events.Redis");

        Assert.Equal(Package("Redis").Version, redis.VersionRange.MinVersion!.ToNormalizedString());
    }

    // ./lastmile compiles assemblies to machine code, as those of .NET itself are.
    [Fact]
    public void The_check_finds_machine_code()
    {
        var compiled = File.ReadAllBytes(typeof(Enumerable).Assembly.Location);

        var changed = Changed("Redis", archive => Replace(archive, "lib/net10.0/LastMile.Events.Redis.dll", compiled));

        Assert.Contains(PackageCheck.Problems(changed), problem => problem.Contains("machine code", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_build_that_may_contain_machine_code_is_not_packed()
    {
        var failure = await Assert.ThrowsAnyAsync<Exception>(() => Shell.RunAsync(
            $"dotnet pack contracts/Messages --configuration Release --no-build --output '{packages.Feed}'", RunFolder.RepositoryFolder()));

        Assert.Contains("Run ./lastmile pack", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("README.md", "README.md")]
    [InlineData("icon.png", "icon")]
    [InlineData("lib/net10.0/LastMile.Events.Redis.xml", "documentation")]
    [InlineData("lib/net10.0/LastMile.Events.Redis.dll", "no assembly")]
    public void The_check_finds_a_missing_file(string file, string problem)
    {
        var changed = Changed("Redis", archive => archive.GetEntry(file)!.Delete());

        Assert.Contains(PackageCheck.Problems(changed), found => found.Contains(problem, StringComparison.Ordinal));
    }

    [Fact]
    public void The_check_finds_missing_symbols()
    {
        var changed = Changed("Redis", _ => { });
        File.Delete(changed.SymbolsFile);

        Assert.Equal(["It has no symbol package."], PackageCheck.Problems(changed));
    }

    private BuiltPackage Package(string name) => packages.All.Single(package => package.Id == $"LastMile.Events.{name}");

    // A changed copy of a package and its symbols.
    private BuiltPackage Changed(string name, Action<ZipArchive> change)
    {
        var package = Package(name);
        var folder = Directory.CreateDirectory(Path.Combine(packages.Feed, "..", Guid.NewGuid().ToString("N"))).FullName;
        var copy = package with { File = Path.Combine(folder, Path.GetFileName(package.File)) };
        File.Copy(package.File, copy.File);
        File.Copy(package.SymbolsFile, copy.SymbolsFile);
        using (var archive = ZipFile.Open(copy.File, ZipArchiveMode.Update))
            change(archive);
        return copy;
    }

    private static void Replace(ZipArchive archive, string file, byte[] content)
    {
        archive.GetEntry(file)!.Delete();
        using var replaced = archive.CreateEntry(file).Open();
        replaced.Write(content);
    }

    private static string Majors(VersionRange range) =>
        range.HasUpperBound ? $"[{range.MinVersion!.Major}, {range.MaxVersion.Major})" : $"{range.MinVersion!.Major}";
}
