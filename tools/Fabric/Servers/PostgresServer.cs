namespace LastMile.Events.Fabric;

/// <summary>A running PostgreSQL.</summary>
/// <param name="ConnectionString">An Npgsql connection string: the superuser, over TCP, to the database <c>postgres</c>.</param>
/// <param name="Process">Stops, kills, freezes it.</param>
public sealed record PostgresServer(string ConnectionString, IServerProcess Process);
