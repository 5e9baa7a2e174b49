namespace LastMile.Events.Invalidator.Postgres;

/// <summary>Reads embedded SQL, whose file is beside its only caller.</summary>
internal static class SqlFile
{
    public static string Read(string name)
    {
        using var stream = typeof(SqlFile).Assembly.GetManifestResourceStream(name + ".sql")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
