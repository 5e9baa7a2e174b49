namespace LastMile.Events.Tool.Doctor.Reading;

/// <summary>Reads the embedded SQL and Lua of this folder.</summary>
internal static class EmbeddedText
{
    /// <summary>Returns an SQL file's text.</summary>
    public static string Sql(string name) => Read($"doctor/{name}.sql");

    /// <summary>Returns a Lua file's text.</summary>
    public static string Lua(string name) => Read($"doctor/{name}.lua");

    private static string Read(string name)
    {
        using var stream = typeof(EmbeddedText).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
