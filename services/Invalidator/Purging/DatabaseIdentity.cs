using LastMile.Events.Hosting;
using LastMile.Events.Invalidator.Postgres;
using Npgsql;

namespace LastMile.Events.Invalidator.Purging;

/// <summary>The database's identity, which the installation of the schema created. Read once.</summary>
internal sealed class DatabaseIdentity(NpgsqlDataSource dataSource) : IDatabaseIdentity
{
    private static readonly string Query = SqlFile.Read("identity");

    private volatile string? known;

    /// <summary>Returns the identity.</summary>
    /// <exception cref="BusHeldException">PostgreSQL does not answer, the schema is not installed, or it has no identity.</exception>
    public async ValueTask<string> ReadAsync(CancellationToken cancellationToken)
    {
        if (known is not null)
            return known;
        try
        {
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

    async ValueTask<string?> IDatabaseIdentity.ReadAsync(CancellationToken cancellationToken) => await ReadAsync(cancellationToken);
}
