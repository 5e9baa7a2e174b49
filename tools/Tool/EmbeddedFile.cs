namespace LastMile.Events.Tool;

/// <summary>The files that are embedded in this program.</summary>
internal static class EmbeddedFile
{
    /// <summary>Returns the text of a file.</summary>
    /// <param name="name">The name, such as <c>redis-region.acl</c> or <c>doctor/audit.sql</c>.</param>
    public static string Read(string name)
    {
        using var stream = typeof(EmbeddedFile).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
