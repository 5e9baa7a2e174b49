using System.Security.Cryptography;
using System.Text.Json;
using LastMile.Events.Postgres;
using LastMile.Events.Testing;
using Npgsql;
using Xunit;

[assembly: AssemblyFixture(typeof(SharedServers))]

namespace Postgres.Tests;

/// <summary>A database and its captured changes.</summary>
internal sealed class Database(string connectionString) : IAsyncDisposable
{
    private readonly List<(string Role, NpgsqlDataSource Source)> roles = [];

    public NpgsqlDataSource Source { get; } = NpgsqlDataSource.Create(connectionString);

    /// <summary>Creates a database with the schema.</summary>
    public static async Task<Database> CreateAsync(SharedServers servers) => new(await servers.CreateDatabaseAsync(InstallAsync));

    public static async Task<Database> CreateEmptyAsync(SharedServers servers) => new(await servers.CreateDatabaseAsync());

    /// <summary>Drops and untracks everything that a test has created, except roles.</summary>
    public Task ResetAsync() => DatabaseReset.ResetAsync(Source);

    public async Task ExecuteAsync(string sql)
    {
        await using var command = Source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Returns the first column of each row as text.</summary>
    public async Task<List<string?>> QueryAsync(string sql)
    {
        await using var command = Source.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync();
        var values = new List<string?>();
        while (await reader.ReadAsync())
            values.Add(await reader.IsDBNullAsync(0) ? null : reader.GetValue(0).ToString());
        return values;
    }

    /// <summary>
    /// Deletes the outbox rows and returns each as <c>Product update Id,Slug [7,boot] [7,shoe]</c>: values sorted as text, null as ∅.
    /// </summary>
    public async Task<List<string>> TakeAsync()
    {
        await using var command = Source.CreateCommand(
            "with taken as (delete from lastmile.outbox returning *) select entity, kind, columns, rows, row_count from taken order by id");
        await using var reader = await command.ExecuteReaderAsync();
        var taken = new List<string>();
        while (await reader.ReadAsync())
        {
            var rows = JsonSerializer.Deserialize<string?[][]>(reader.GetString(3))!;
            Assert.Equal(rows.Length, reader.GetInt32(4));
            taken.Add(string.Join(' ', [
                reader.GetString(0), reader.GetString(1), string.Join(',', (string[])reader[2]),
                .. rows.Select(row => $"[{string.Join(',', row.Select(value => value ?? "∅"))}]").Order(StringComparer.Ordinal),
            ]));
        }

        return taken;
    }

    /// <summary>Creates a role that is dropped with the database, and a data source that connects as this role.</summary>
    /// <returns>The role's name, which needs no quotes in SQL, and the data source.</returns>
    public async Task<(string Role, NpgsqlDataSource Source)> CreateRoleAsync()
    {
        var name = "role_" + RandomNumberGenerator.GetHexString(12, lowercase: true);
        await ExecuteAsync($"create role {name} login password '{name}'");
        var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connectionString) { Username = name, Password = name });
        roles.Add((name, source));
        return roles[^1];
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (role, source) in roles)
        {
            await source.DisposeAsync();
            await ExecuteAsync($"drop owned by {role}; drop role {role}");
        }

        await Source.DisposeAsync();
    }

    private static async Task InstallAsync(string connectionString)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        await OutboxSchema.InstallAsync(source);
    }
}
