using LastMile.Events.Hosting;
using Npgsql;

namespace LastMile.Events.Invalidator.Purging;

/// <summary>
/// Attributes a failed purge or log write to PostgreSQL or Redis in that server's health. Ignores failures because of an ended epoch.
/// </summary>
internal sealed class PurgeFailures(
    CurrentEpoch epoch, [FromKeyedServices(Servers.Postgres)] Dependency postgres, [FromKeyedServices(Servers.Redis)] Dependency redis)
{
    public void Report(Exception failure)
    {
        if (!epoch.HasEnded(failure))
            (failure is NpgsqlException ? postgres : redis).Failed(failure);
    }
}
