using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace LastMile.Events.Fabric;

/// <summary>The sample application's database, with the roles of deploy/: one migrates and owns it, one is the application's, one relays.</summary>
/// <param name="ConnectionString">For migrations, and for whoever stands outside of the system: the owner.</param>
/// <param name="ApplicationConnectionString">For the application, which may read and write its own tables.</param>
/// <param name="RelayConnectionString">For the Invalidator.</param>
public sealed record StorefrontDatabase(string ConnectionString, string ApplicationConnectionString, string RelayConnectionString)
{
    private const string Migrator = "storefront_migrator";
    private const string Application = "storefront";
    private const string Relay = "lastmile_invalidator";

    internal static async Task<StorefrontDatabase> CreateAsync(RegionalFabric servers, int products, CancellationToken cancellationToken)
    {
        var superuser = servers.Postgres.ConnectionString;
        // The roles are the whole server's: on a shared one another system may have created them.
        if (!await ExistsAsync(superuser, Migrator, cancellationToken))
            await ExecuteAsync(superuser, await File.ReadAllTextAsync(FabricFile.Path("postgres-roles.sql"), cancellationToken), cancellationToken);
        var name = servers.SharesServers ? $"storefront_{RandomNumberGenerator.GetHexString(8, lowercase: true)}" : "storefront";
        await ExecuteAsync(superuser, $"create database {name} owner {Migrator}", cancellationToken);
        var database = new StorefrontDatabase(
            await LoginAsync(superuser, name, Migrator, cancellationToken),
            await LoginAsync(superuser, name, Application, cancellationToken),
            await LoginAsync(superuser, name, Relay, cancellationToken));

        await Service.RunAsync(
            "storefront-migration",
            "Storefront",
            [new("ConnectionStrings:Storefront", database.ConnectionString)],
            servers.Folder,
            ["--migrate", "--seed", products.ToString(CultureInfo.InvariantCulture)],
            cancellationToken);
        await GrantAsync(database.ConnectionString, name, cancellationToken);
        return database;
    }

    private static async Task<string> LoginAsync(string superuser, string database, string role, CancellationToken cancellationToken)
    {
        var login = new NpgsqlConnectionStringBuilder(superuser) { Database = database, Username = role };
        // The same for each system on a server, so that none locks another out.
        login.Password = Convert.ToHexString(HMACSHA256.HashData(Encoding.UTF8.GetBytes(login.Password!), Encoding.UTF8.GetBytes(role)))[..24];
        await ExecuteAsync(superuser, $"alter role {role} password '{login.Password}'", cancellationToken);
        return login.ConnectionString;
    }

    private static async Task<bool> ExistsAsync(string superuser, string role, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(superuser + ";Pooling=false");
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand("select exists (select from pg_roles where rolname = $1)", connection);
        command.Parameters.Add(new() { Value = role });
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private static async Task GrantAsync(string owner, string database, CancellationToken cancellationToken)
    {
        var grants = await File.ReadAllTextAsync(FabricFile.Path("postgres-grants.sql"), cancellationToken);
        await ExecuteAsync(owner, grants.Replace("on database storefront", $"on database {database}", StringComparison.Ordinal), cancellationToken);
    }

    private static async Task ExecuteAsync(string connectionString, string sql, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(connectionString + ";Pooling=false");
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
