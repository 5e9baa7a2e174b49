using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace LastMile.Events.Fabric;

/// <summary>
/// The sample application's database, with the roles from deploy/: its owner, which runs migrations, the application, and the Invalidator.
/// </summary>
/// <param name="ConnectionString">The owner's connection string, for migrations and for code outside the system under test.</param>
/// <param name="ApplicationConnectionString">The application's connection string, which may read and write its own tables.</param>
/// <param name="RelayConnectionString">The Invalidator's connection string.</param>
public sealed record StorefrontDatabase(string ConnectionString, string ApplicationConnectionString, string RelayConnectionString)
{
    private const string Migrator = "storefront_migrator";
    private const string Application = "storefront";
    private const string Relay = "lastmile_invalidator";

    internal static async Task<StorefrontDatabase> CreateAsync(
        RegionalFabric servers, int products, string suffix, CancellationToken cancellationToken)
    {
        var superuser = servers.Postgres.ConnectionString;
        // Roles belong to the whole server, so on a shared server another system may have created them.
        if (!await ExistsAsync(superuser, Migrator, cancellationToken))
        {
            var roles = await File.ReadAllTextAsync(FabricFile.Path("postgres-roles.sql"), cancellationToken);
            await ExecuteAsync(superuser, roles, cancellationToken);
        }

        var name = servers.SharesServers
            ? $"storefront{suffix}_{RandomNumberGenerator.GetHexString(8, lowercase: true)}"
            : $"storefront{suffix}";
        await ExecuteAsync(superuser, $"create database {name} owner {Migrator}", cancellationToken);
        var database = new StorefrontDatabase(
            await LoginAsync(superuser, name, Migrator, cancellationToken),
            await LoginAsync(superuser, name, Application, cancellationToken),
            await LoginAsync(superuser, name, Relay, cancellationToken));

        await Service.RunAsync(
            $"storefront{suffix}-migration",
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
        // Derived, so that all systems on a server use the same password and none locks another out.
        var hash = HMACSHA256.HashData(Encoding.UTF8.GetBytes(login.Password!), Encoding.UTF8.GetBytes(role));
        login.Password = Convert.ToHexString(hash)[..24];
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
        var adapted = grants.Replace("on database storefront", $"on database {database}", StringComparison.Ordinal);
        await ExecuteAsync(owner, adapted, cancellationToken);
    }

    private static async Task ExecuteAsync(string connectionString, string sql, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(connectionString + ";Pooling=false");
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
