namespace LastMile.Events.Tool.Installation;

/// <summary>Writes files that contain passwords. Only their owner may read them.</summary>
internal static class PrivateFile
{
    /// <summary>Writes a new file.</summary>
    /// <param name="path">The path.</param>
    /// <param name="content">The content.</param>
    /// <param name="replace">Whether to replace a file that exists.</param>
    /// <exception cref="IOException">The file exists or can't be written.</exception>
    public static void Write(string path, string content, bool replace = false)
    {
        if (replace)
            File.Delete(path);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var writer = new StreamWriter(new FileStream(path, options));
        writer.Write(content);
    }
}
