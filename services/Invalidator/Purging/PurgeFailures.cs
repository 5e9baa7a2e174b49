using LastMile.Events.Hosting;
using Npgsql;

namespace LastMile.Events.Invalidator.Purging;

/// <summary>Takes note of what kept a purge from being made or logged: in the health of the server whose fault it is; or it was nobody's, because its epoch has ended.</summary>
internal sealed class PurgeFailures(
    CurrentEpoch epoch, [FromKeyedServices(Servers.Postgres)] Dependency postgres, [FromKeyedServices(Servers.Redis)] Dependency redis)
{
    public void Note(Exception failure)
    {
        if (!epoch.HasEnded(failure))
            (failure is NpgsqlException ? postgres : redis).Failed(failure);
    }
}
