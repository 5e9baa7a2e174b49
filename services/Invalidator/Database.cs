using Npgsql;

namespace LastMile.Events.Invalidator;

/// <summary>The connections to the application's database.</summary>
internal static class Database
{
    // Before the configured string, because Npgsql takes the later of two values. By default it loads the Kerberos library, which a
    // container lacks; and the rows of a claim are some hundred KB, which a larger buffer takes in fewer reads. Statements are not
    // prepared: that drains a backlog no faster, and fails behind a pooler that gives each transaction another session.
    private const string Defaults = "GSS Encryption Mode=Disable;Read Buffer Size=65536;";

    /// <summary>Returns the configured connection string, with defaults for what it leaves out.</summary>
    public static string ConnectionString(PostgresOptions options) => new NpgsqlConnectionStringBuilder(Defaults + options.ConnectionString).ConnectionString;

    /// <summary>Makes the pool of connections.</summary>
    public static NpgsqlDataSource Connect(PostgresOptions options)
    {
        var builder = new NpgsqlDataSourceBuilder(ConnectionString(options));
        builder.ConnectionStringBuilder.ApplicationName = "lastmile-invalidator";
        // Nothing here outlives its transaction, so a connection needs no cleaning between two uses.
        builder.ConnectionStringBuilder.NoResetOnClose = true;
        return builder.Build();
    }
}
