using LastMile.Events.Fabric;
using NuGet.Configuration;

namespace Packages.Tests;

/// <summary>
/// A folder outside the repository, whose builds find the packages of this build. It has its own package cache, because a machine's cache
/// would return the packages of an earlier build with the same version.
/// </summary>
internal sealed class Workplace : IDisposable
{
    private static readonly string Template = Path.Combine(AppContext.BaseDirectory, "Application");

    private Workplace(string folder) => Folder = folder;

    /// <summary>The folder's path.</summary>
    public string Folder { get; }

    /// <summary>Creates the folder with its nuget.config.</summary>
    /// <param name="feed">The folder of the packages.</param>
    public static async Task<Workplace> CreateAsync(string feed)
    {
        var created = new Workplace(Directory.CreateTempSubdirectory("lastmile-packages-").FullName);
        var machine = SettingsUtility.GetGlobalPackagesFolder(Settings.LoadDefaultSettings(RunFolder.RepositoryFolder()));
        var config = (await File.ReadAllTextAsync(Path.Combine(Template, "nuget.config")))
            .Replace("FEED", feed, StringComparison.Ordinal).Replace("MACHINE", machine, StringComparison.Ordinal);
        await File.WriteAllTextAsync(Path.Combine(created.Folder, "nuget.config"), config);
        return created;
    }

    /// <summary>Copies the application's sources over those of a new project.</summary>
    public void CopySources()
    {
        foreach (var source in Directory.EnumerateFiles(Template, "*.cs"))
            File.Copy(source, Path.Combine(Folder, Path.GetFileName(source)), overwrite: true);
    }

    /// <summary>Runs commands in the folder; returns their output.</summary>
    public Task<string> RunAsync(string commands) => Shell.RunAsync(commands, Folder);

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}
