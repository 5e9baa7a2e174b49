namespace LastMile.Events.Redis;

internal static class EmbeddedScript
{
    /// <summary>Reads a script that uses the functions of <c>lineages.lua</c>.</summary>
    public static string ReadWithLineages(string name) => Read("lineages.lua") + Read(name);

    public static string Read(string name)
    {
        using var stream = typeof(EmbeddedScript).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
