using System.Globalization;
using System.Security.Cryptography;
using Npgsql;

namespace LastMile.Events.Fabric;

/// <summary>The sample application's database, as a deployment would set it up: one role owns it, the Invalidator's may only relay.</summary>
/// <param name="ConnectionString">For the application, as the database's owner.</param>
/// <param name="RelayConnectionString">For the Invalidator.</param>
public sealed record StorefrontDatabase(string ConnectionString, string RelayConnectionString)
{
    private const string Owner = "storefront";
    private const string Relay = "lastmile_invalidator";

    internal static async Task<StorefrontDatabase> CreateAsync(RegionalFabric servers, int products, CancellationToken cancellationToken)
    {
        var superuser = servers.Postgres.ConnectionString;
        var (ownerPassword, relayPassword) = (RandomNumberGenerator.GetHexString(24), RandomNumberGenerator.GetHexString(24));
        await ExecuteAsync(superuser, $"create role {Owner} login password '{ownerPassword}'", cancellationToken);
        await ExecuteAsync(superuser, $"create role {Relay} login replication password '{relayPassword}'", cancellationToken);
        await ExecuteAsync(superuser, $"create database {Owner} owner {Owner}", cancellationToken);

        var database = new StorefrontDatabase(For(superuser, Owner, ownerPassword), For(superuser, Relay, relayPassword));
        await Service.RunAsync(
            "storefront-migration",
            "Storefront",
            [new("ConnectionStrings:Storefront", database.ConnectionString)],
            servers.Folder,
            ["--migrate", "--seed", products.ToString(CultureInfo.InvariantCulture)],
            cancellationToken);
        await ExecuteAsync(database.ConnectionString, $"select lastmile.grant_relay('{Relay}')", cancellationToken);
        return database;
    }

    private static string For(string server, string role, string password) =>
        new NpgsqlConnectionStringBuilder(server) { Database = Owner, Username = role, Password = password }.ConnectionString;

    private static async Task ExecuteAsync(string connectionString, string sql, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(connectionString + ";Pooling=false");
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
