namespace LastMile.Events.Fabric;

/// <summary>A running PostgreSQL.</summary>
/// <param name="ConnectionString">The superuser's Npgsql connection string to the database <c>postgres</c>, over TCP.</param>
/// <param name="Process">Controls the process: stops, kills, or freezes it.</param>
public sealed record PostgresServer(string ConnectionString, IServerProcess Process);
