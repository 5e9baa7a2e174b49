namespace LastMile.Events.Hosting;

/// <summary>The identity of the database that the service works for. A virtual host carries the purges of one database.</summary>
public interface IDatabaseIdentity
{
    /// <summary>Reads the identity.</summary>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <returns>A text that is unique to the database; null when the service may join the bus without it.</returns>
    /// <exception cref="BusHeldException">The identity is not known yet, and the service must wait for it.</exception>
    ValueTask<string?> ReadAsync(CancellationToken cancellationToken);
}
