namespace LastMile.Events.Invalidator.Configuration;

/// <summary>The servers that the Invalidator depends on, by their names in health reports.</summary>
internal static class Servers
{
    public const string Postgres = "postgres";
    public const string Redis = "redis-primary";
}
