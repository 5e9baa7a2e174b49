using LastMile.Events.Hosting;
using LastMile.Events.Invalidator.Configuration;
using LastMile.Events.Invalidator.Postgres;
using Microsoft.Extensions.Options;
using Npgsql;

namespace LastMile.Events.Invalidator.Purging;

/// <summary>
/// The database's identity, which the installation of the schema created, and its lineage, which the first Invalidator stored. Read once.
/// </summary>
internal sealed class DatabaseIdentity(NpgsqlDataSource dataSource, IOptions<InvalidatorOptions> options) : IDatabaseIdentity
{
    private static readonly string Query = SqlFile.Read("identity");
    private static readonly string Claim = SqlFile.Read("claim_lineage");

    private volatile string? known;

    /// <summary>Returns the identity.</summary>
    /// <exception cref="BusHeldException">PostgreSQL does not answer, the schema is not installed, or it has no identity.</exception>
    public async ValueTask<string> ReadAsync(CancellationToken cancellationToken)
    {
        if (known is not null)
            return known;
        try
        {
            await RequireLineageAsync(cancellationToken);
            await using var command = dataSource.CreateCommand(Query);
            return known = await command.ExecuteScalarAsync(cancellationToken) as string
                ?? throw new BusHeldException(
                    "The table lastmile.identity is empty, so the service does not know its database and stays off the bus. "
                        + "Run: insert into lastmile.identity values (gen_random_uuid()).");
        }
        catch (NpgsqlException failure)
        {
            throw new BusHeldException(
                "The service joins the bus once it has read lastmile.identity. "
                    + $"PostgreSQL failed: {failure.Message.TrimEnd('.')}. The service retries.",
                failure);
        }
    }

    /// <summary>Stores the configured lineage in the database if it has none yet.</summary>
    /// <exception cref="BusHeldException">The database has another lineage.</exception>
    /// <exception cref="NpgsqlException">PostgreSQL does not answer.</exception>
    public async Task RequireLineageAsync(CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(Claim);
        command.Parameters.Add(new() { Value = options.Value.Lineage });
        // Null in a database without an identity.
        if (await command.ExecuteScalarAsync(cancellationToken) is not string stored || stored == options.Value.Lineage)
            return;
        throw new BusHeldException(
            $"The lineage of this database is '{stored}' (table lastmile.identity), but Invalidator:Lineage is '{options.Value.Lineage}', "
                + $"so the Invalidator purges nothing. Set Invalidator:Lineage to '{stored}'. To rename the lineage, stop all Invalidators "
                + $"of the database and run: update lastmile.identity set lineage = '{options.Value.Lineage}'.");
    }

    async ValueTask<LineageClaims> IDatabaseIdentity.ReadAsync(CancellationToken cancellationToken) =>
        new([new(options.Value.Lineage, await ReadAsync(cancellationToken))], IsComplete: true);
}
