namespace LastMile.Events.Fabric;

/// <summary>
/// The folder of one run, deleted at its end. A running process holds a lock on its folder, so the next run deletes the folders of killed
/// runs.
/// </summary>
public sealed class RunFolder : IDisposable
{
    /// <summary>The environment variable that names a folder in which to keep the logs of finished runs.</summary>
    public const string LogsVariable = "LASTMILE_LOGS";

    private const string Prefix = "run-";
    private const string LockFile = "lock";

    private readonly FileStream held;

    private RunFolder(string path, FileStream held) => (Path, this.held) = (path, held);

    /// <summary>The full path.</summary>
    public string Path { get; }

    /// <summary>Creates a folder with a random name.</summary>
    /// <param name="parent">The parent folder; by default <c>.lastmile</c> in the repository that this program was built in.</param>
    public static RunFolder Create(string? parent = null)
    {
        parent = Directory.CreateDirectory(Reachable(parent ?? System.IO.Path.Combine(RepositoryFolder(), ".lastmile"))).FullName;
        DeleteAbandoned(parent);
        var path = Directory.CreateDirectory(System.IO.Path.Combine(parent, Prefix + System.IO.Path.GetRandomFileName()[..8])).FullName;
        // Servers that run under other accounts must be able to enter the folder.
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, File.GetUnixFileMode(path) | UnixFileMode.OtherExecute | UnixFileMode.GroupExecute);
        return new RunFolder(path, Lock(path, FileMode.CreateNew));
    }

    /// <summary>Returns the nearest folder above this program that contains the solution, or the current folder.</summary>
    public static string RepositoryFolder()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "LastMile.Events.sln")))
                return folder.FullName;
        }

        return Environment.CurrentDirectory;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        KeepLogs();
        Directory.Delete(Path, recursive: true);
        held.Dispose();
    }

    /// <summary>
    /// Returns a folder that servers can reach. As root, servers run under other accounts, which cannot enter folders such as /root.
    /// </summary>
    private static string Reachable(string parent)
    {
        if (!Environment.IsPrivilegedProcess)
            return parent;
        for (var folder = new DirectoryInfo(parent); folder is not null; folder = folder.Parent)
        {
            if (folder.Exists && !folder.UnixFileMode.HasFlag(UnixFileMode.OtherExecute))
                return "/var/cache/lastmile";
        }

        return parent;
    }

    private void KeepLogs()
    {
        if (Environment.GetEnvironmentVariable(LogsVariable) is not { Length: > 0 } kept)
            return;
        foreach (var log in Directory.EnumerateFiles(Path, "*.log", SearchOption.AllDirectories))
        {
            var copy = System.IO.Path.Combine(kept, System.IO.Path.GetRelativePath(Directory.GetParent(Path)!.FullName, log));
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(copy)!);
            File.Copy(log, copy, overwrite: true);
        }
    }

    private static void DeleteAbandoned(string parent)
    {
        foreach (var path in Directory.EnumerateDirectories(parent, Prefix + "*"))
        {
            try
            {
                using (Lock(path, FileMode.Open))
                    Directory.Delete(path, recursive: true);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // The folder is in use, or belongs to another account.
            }
        }
    }

    private static FileStream Lock(string path, FileMode mode) =>
        new(System.IO.Path.Combine(path, LockFile), mode, FileAccess.ReadWrite, FileShare.None);
}
