namespace LastMile.Events.Chaos.Oracle;

/// <summary>The oracle's SQL files.</summary>
internal static class OracleSql
{
    /// <summary>Sets up the oracle's own record of the purge log.</summary>
    public static string Prepare { get; } = Read("prepare.sql");

    /// <summary>
    /// Counts changes whose purge is not in the log. Parameter: the transaction id up to which changes were already checked.
    /// </summary>
    public static string Unlogged { get; } = Read("unlogged.sql");

    private static string Read(string name)
    {
        using var reader = new StreamReader(typeof(OracleSql).Assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }
}
