namespace LastMile.Events.Tool.Setup;

/// <summary>Reads the files that are embedded in this program.</summary>
internal static class Resource
{
    /// <summary>Returns the text of a file.</summary>
    public static string Read(string name)
    {
        using var stream = typeof(Resource).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
