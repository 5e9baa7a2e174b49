using LastMile.Events.Tool.Installation;

namespace LastMile.Events.Tool.Setup;

/// <summary>A file that a command prints or writes.</summary>
/// <param name="Name">The file's name.</param>
/// <param name="Compose">Returns its content. The argument is whether to show passwords instead of <see cref="Hidden"/>.</param>
internal sealed record SetupFile(string Name, Func<bool, string> Compose)
{
    /// <summary>The text that replaces a password.</summary>
    public const string Hidden = "*****";

    /// <summary>Prints files, or writes them into a folder.</summary>
    /// <param name="files">The files.</param>
    /// <param name="folder">The folder; null to print.</param>
    /// <param name="showSecrets">Whether to print passwords.</param>
    public static void Show(IReadOnlyList<SetupFile> files, string? folder, bool showSecrets)
    {
        if (folder is null)
            Print(files, showSecrets);
        else
            Write(files, folder);
    }

    private static void Print(IReadOnlyList<SetupFile> files, bool showSecrets)
    {
        foreach (var file in files)
        {
            if (files.Count > 1)
                Console.Out.WriteLine($"==> {file.Name} <==");
            Console.Out.WriteLine(file.Compose(showSecrets).TrimEnd());
            if (files.Count > 1)
                Console.Out.WriteLine();
        }

        if (!showSecrets && files.Any(file => file.Compose(false).Contains(Hidden, StringComparison.Ordinal)))
            Console.Error.WriteLine($"Passwords are shown as {Hidden}. Write files with --output FOLDER, or add --show-secrets.");
    }

    private static void Write(IReadOnlyList<SetupFile> files, string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
            foreach (var file in files)
            {
                var path = Path.Combine(folder, file.Name);
                PrivateFile.Write(path, file.Compose(true), replace: true);
                Console.Out.WriteLine($"wrote {path}");
            }
        }
        catch (Exception unwritable) when (unwritable is IOException or UnauthorizedAccessException)
        {
            throw new SetupException(
                $"The files can't be written to {folder}: {unwritable.Message} Choose another folder with --output.", unwritable);
        }
    }
}
