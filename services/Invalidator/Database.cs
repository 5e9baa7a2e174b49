using Npgsql;

namespace LastMile.Events.Invalidator;

/// <summary>The connections to the application's database.</summary>
internal static class Database
{
    /// <summary>The connection string, without what was not asked for: Kerberos, whose library a container lacks, and which is looked for otherwise.</summary>
    public static string ConnectionString(PostgresOptions options)
    {
        var settings = new NpgsqlConnectionStringBuilder(options.ConnectionString);
        if (!settings.ContainsKey("GSS Encryption Mode"))
            settings.GssEncryptionMode = GssEncryptionMode.Disable;
        return settings.ConnectionString;
    }

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
