namespace LastMile.Events.Hosting;

/// <summary>The identities of the databases that the service works for. Each lineage of a virtual host belongs to one database.</summary>
public interface IDatabaseIdentity
{
    /// <summary>Reads the identities.</summary>
    /// <param name="cancellationToken">Cancels the read.</param>
    /// <returns>
    /// The claims of the service's lineages, without those whose database it does not know yet and may join the bus without.
    /// </returns>
    /// <exception cref="BusHeldException">An identity is not known yet, and the service must wait for it.</exception>
    ValueTask<LineageClaims> ReadAsync(CancellationToken cancellationToken);
}

/// <summary>The claims of a service's lineages.</summary>
/// <param name="Known">The claims of the lineages whose database is known.</param>
/// <param name="IsComplete">Whether every lineage's database is known.</param>
public sealed record LineageClaims(IReadOnlyList<LineageClaim> Known, bool IsComplete);

/// <summary>The claim of a lineage's name for a database.</summary>
/// <param name="Lineage">The lineage's name.</param>
/// <param name="Database">A text that is unique to the database.</param>
public sealed record LineageClaim(string Lineage, string Database);
