using Npgsql;

namespace LastMile.Events.Testing;

/// <summary>Resets a database that the tests of a class share and in which the schema <c>lastmile</c> is installed.</summary>
public static class DatabaseReset
{
    private static readonly string Sql = Read();

    /// <summary>Drops everything that a test created, except roles, and untracks its tables.</summary>
    /// <param name="source">The database, connected as a superuser.</param>
    /// <param name="cancellationToken">Cancels the reset.</param>
    public static async Task ResetAsync(NpgsqlDataSource source, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        await using var command = source.CreateCommand(Sql);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static string Read()
    {
        using var stream = typeof(DatabaseReset).Assembly.GetManifestResourceStream("reset_database.sql")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
