using LastMile.Events.Postgres;
using LastMile.Events.Testing;
using Npgsql;
using Xunit;

namespace EntityFrameworkCore.Tests;

/// <summary>One database with the schema <c>lastmile</c> in it for all tests of a class, which run one after another.</summary>
public sealed class ShopDatabase(SharedServers servers) : IAsyncLifetime
{
    private NpgsqlDataSource source = null!;
    private string connectionString = "";

    /// <summary>Drops all that a test has created, and untracks it: a tenth of the work of creating a database.</summary>
    /// <returns>The connection string.</returns>
    public async Task<string> ResetAsync()
    {
        await using var command = source.CreateCommand(
            """
            do $$ begin
                execute (
                    select 'drop schema ' || string_agg(quote_ident(nspname), ', ') || ' cascade' from pg_namespace
                    where nspname !~ '^pg_' and nspname not in ('information_schema', 'lastmile'));
            end $$;
            create schema public;
            select lastmile.retrack();
            delete from lastmile.outbox;
            """);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        return connectionString;
    }

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        connectionString = await servers.CreateDatabaseAsync(InstallAsync);
        source = NpgsqlDataSource.Create(connectionString);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => source.DisposeAsync();

    private static async Task InstallAsync(string connectionString)
    {
        await using var installing = NpgsqlDataSource.Create(connectionString);
        await OutboxSchema.InstallAsync(installing);
    }
}
