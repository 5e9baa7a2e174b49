namespace LastMile.Events.Hosting;

/// <summary>The identity of the database that the service works for. A virtual host carries the purges of one database.</summary>
public interface IDatabaseIdentity
{
    /// <summary>Reads it.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>A text that no other database has; null when the service may join the bus without it.</returns>
    /// <exception cref="BusHeldException">It is not known yet, and the service must wait for it.</exception>
    ValueTask<string?> ReadAsync(CancellationToken cancellationToken);
}
