using Npgsql;

namespace LastMile.Events.Testing;

/// <summary>Lets the tests of a class share a database in which the schema <c>lastmile</c> is installed.</summary>
public static class DatabaseReset
{
    private static readonly string Sql = Read();

    /// <summary>Drops all that a test has created, apart from roles, and untracks it.</summary>
    /// <param name="source">The database, as its superuser.</param>
    /// <param name="cancellationToken">Gives up.</param>
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
