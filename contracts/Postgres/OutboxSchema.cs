using System.Globalization;
using System.Text;
using Npgsql;

namespace LastMile.Events.Postgres;

/// <summary>The schema <c>lastmile</c>: outbox, purge rules, purge log, and the functions that capture changes.</summary>
/// <remarks>
/// Each <c>Schema/V….sql</c> is one version: it is applied once and never edited after a release. Requires PostgreSQL 15 or later.
/// </remarks>
public static class OutboxSchema
{
    /// <summary>The publication that the Invalidator subscribes to.</summary>
    public const string Publication = "lastmile_outbox";

    private static readonly string[] Versions = ReadVersions();

    /// <summary>The schema version that this package installs.</summary>
    public static int Version => Versions.Length;

    /// <summary>
    /// SQL that installs the schema or upgrades it to <see cref="Version"/>; it does nothing if the schema is current. It is one
    /// <c>DO</c> statement, so it runs in psql, in a migration, and within another <c>DO</c> block.
    /// </summary>
    public static string InstallScript { get; } = Compose();

    /// <summary>Runs <see cref="InstallScript"/>. Several processes may start at once: one installs, and the others wait for it.</summary>
    /// <param name="dataSource">
    /// The application's database. The role must be allowed to create a schema there, unless the schema is current.
    /// </param>
    /// <param name="cancellationToken">Cancels the installation.</param>
    /// <exception cref="PostgresException">The role may not create or change the schema.</exception>
    public static async Task InstallAsync(NpgsqlDataSource dataSource, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(dataSource);
        await using var command = dataSource.CreateCommand(InstallScript);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static string Compose()
    {
        var steps = new StringBuilder();
        for (var version = 1; version <= Versions.Length; version++)
        {
            steps.Append(CultureInfo.InvariantCulture, $"""

                    if installed < {version} then
                        execute $lastmile_v{version}$
                {Versions[version - 1]}
                        $lastmile_v{version}$;
                        insert into lastmile.schema_version (version) values ({version});
                    end if;

                """);
        }

        return Read("install.sql").Replace("/*versions*/", steps.ToString(), StringComparison.Ordinal);
    }

    private static string[] ReadVersions() =>
        [.. typeof(OutboxSchema).Assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith('V') && name.EndsWith(".sql", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(Read)];

    private static string Read(string name)
    {
        using var stream = typeof(OutboxSchema).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
