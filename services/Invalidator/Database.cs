using Npgsql;

namespace LastMile.Events.Invalidator;

/// <summary>The connections to the application's database.</summary>
internal static class Database
{
    // By default Npgsql loads the Kerberos library, which a container lacks.
    private const string Defaults = "GSS Encryption Mode=Disable;";

    /// <summary>Returns the configured connection string with defaults before it. Npgsql takes the later of two values, so the configured one wins.</summary>
    public static string ConnectionString(PostgresOptions options) => new NpgsqlConnectionStringBuilder(Defaults + options.ConnectionString).ConnectionString;

    /// <summary>Makes the pool of connections.</summary>
    public static NpgsqlDataSource Connect(PostgresOptions options)
    {
        var builder = new NpgsqlDataSourceBuilder(ConnectionString(options));
        builder.ConnectionStringBuilder.ApplicationName = "lastmile-invalidator";
        // The same few statements for ever: planned once for each connection. A pooler in between that can't keep them is told so
        // with Max Auto Prepare=0 in the connection string.
        if (!builder.ConnectionStringBuilder.ContainsKey("Max Auto Prepare"))
            builder.ConnectionStringBuilder.MaxAutoPrepare = 20;
        // A claim's rows are some hundred KB: fewer reads, and fewer threads woken for them.
        if (!builder.ConnectionStringBuilder.ContainsKey("Read Buffer Size"))
            builder.ConnectionStringBuilder.ReadBufferSize = 65_536;
        // Nothing here outlives its transaction, so a connection needs no cleaning between two uses.
        builder.ConnectionStringBuilder.NoResetOnClose = true;
        return builder.Build();
    }
}
