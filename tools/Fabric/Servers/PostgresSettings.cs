using Npgsql;

namespace LastMile.Events.Fabric;

/// <summary>The settings of every PostgreSQL, whether local or in a container.</summary>
internal static class PostgresSettings
{
    public const string User = "postgres";

    /// <summary>
    /// Arguments that make commits as durable as in production, despite Testcontainers' defaults, and allow many concurrent tests.
    /// </summary>
    public static IReadOnlyList<string> Arguments { get; } =
    [
        .. Set("wal_level", "logical"), .. Set("fsync", "on"), .. Set("synchronous_commit", "on"), .. Set("full_page_writes", "on"),
        .. Set("max_connections", "300"), .. Set("max_replication_slots", "64"), .. Set("max_wal_senders", "64"),
        .. Set("shared_buffers", "256MB"),
    ];

    public static IEnumerable<string> Set(string name, string value) => ["-c", $"{name}={value}"];

    public static string ConnectionString(int port, string password) => new NpgsqlConnectionStringBuilder
    {
        Host = "127.0.0.1",
        Port = port,
        Username = User,
        Password = password,
        Database = "postgres",
    }.ConnectionString;
}
