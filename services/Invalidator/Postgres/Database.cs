using Npgsql;

namespace LastMile.Events.Invalidator.Postgres;

/// <summary>The connections to the application's database.</summary>
internal static class Database
{
    // Placed before the configured string, because Npgsql uses the last value of a setting. GSS encryption would load the Kerberos library,
    // which a container lacks. A claim's rows take several hundred KB, so a larger buffer saves reads. Statements are not prepared:
    // preparing them does not drain a backlog faster, and fails behind a pooler that assigns each transaction another session.
    private const string Defaults = "GSS Encryption Mode=Disable;Read Buffer Size=65536;";

    /// <summary>Returns the configured connection string, with defaults for settings that it omits.</summary>
    public static string ConnectionString(PostgresOptions options) =>
        new NpgsqlConnectionStringBuilder(Defaults + options.ConnectionString).ConnectionString;

    /// <summary>Creates the connection pool.</summary>
    public static NpgsqlDataSource Connect(PostgresOptions options)
    {
        var builder = new NpgsqlDataSourceBuilder(ConnectionString(options));
        builder.ConnectionStringBuilder.ApplicationName = "lastmile-invalidator";
        // No session state outlives a transaction, so connections need no reset between uses.
        builder.ConnectionStringBuilder.NoResetOnClose = true;
        return builder.Build();
    }
}
