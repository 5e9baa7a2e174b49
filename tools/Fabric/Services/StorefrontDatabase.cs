using System.Globalization;
using System.Security.Cryptography;
using Npgsql;

namespace LastMile.Events.Fabric;

/// <summary>The sample application's database, with the roles of deploy/: one migrates and owns it, one is the application's, one relays.</summary>
/// <param name="ConnectionString">For migrations, and for whoever stands outside of the system: the owner.</param>
/// <param name="ApplicationConnectionString">For the application, which may read and write its own tables.</param>
/// <param name="RelayConnectionString">For the Invalidator.</param>
public sealed record StorefrontDatabase(string ConnectionString, string ApplicationConnectionString, string RelayConnectionString)
{
    private const string Name = "storefront";
    private const string Migrator = "storefront_migrator";
    private const string Application = "storefront";
    private const string Relay = "lastmile_invalidator";

    internal static async Task<StorefrontDatabase> CreateAsync(RegionalFabric servers, int products, CancellationToken cancellationToken)
    {
        var superuser = servers.Postgres.ConnectionString;
        await ExecuteFileAsync(superuser, "postgres-roles.sql", cancellationToken);
        await ExecuteAsync(superuser, $"create database {Name} owner {Migrator}", cancellationToken);
        var database = new StorefrontDatabase(
            await LoginAsync(superuser, Migrator, cancellationToken),
            await LoginAsync(superuser, Application, cancellationToken),
            await LoginAsync(superuser, Relay, cancellationToken));

        await Service.RunAsync(
            "storefront-migration",
            "Storefront",
            [new("ConnectionStrings:Storefront", database.ConnectionString)],
            servers.Folder,
            ["--migrate", "--seed", products.ToString(CultureInfo.InvariantCulture)],
            cancellationToken);
        await ExecuteFileAsync(database.ConnectionString, "postgres-grants.sql", cancellationToken);
        return database;
    }

    private static async Task<string> LoginAsync(string superuser, string role, CancellationToken cancellationToken)
    {
        var password = RandomNumberGenerator.GetHexString(24);
        await ExecuteAsync(superuser, $"alter role {role} password '{password}'", cancellationToken);
        return new NpgsqlConnectionStringBuilder(superuser) { Database = Name, Username = role, Password = password }.ConnectionString;
    }

    private static async Task ExecuteFileAsync(string connectionString, string file, CancellationToken cancellationToken) =>
        await ExecuteAsync(connectionString, await File.ReadAllTextAsync(FabricFile.Path(file), cancellationToken), cancellationToken);

    private static async Task ExecuteAsync(string connectionString, string sql, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(connectionString + ";Pooling=false");
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
