namespace LastMile.Events.Tool.Doctor.Facts;

/// <summary>The state of RabbitMQ, as a service sees it.</summary>
internal sealed record BrokerFacts
{
    /// <summary>The address, without secrets.</summary>
    public required string Address { get; init; }

    /// <summary>The user that the service logs in as.</summary>
    public required string User { get; init; }

    /// <summary>The virtual host.</summary>
    public required string VirtualHost { get; init; }

    /// <summary>The queue that claims the lineage's name for a database.</summary>
    public required string ClaimQueue { get; init; }

    /// <summary>The broker's version; unknown if the login fails.</summary>
    public required Fact<Version> Version { get; init; }

    /// <summary>Whether the lineage is claimed for the database.</summary>
    public required Fact<HostClaim> Claim { get; init; }

    /// <summary>The queues by name; null for a queue that does not exist.</summary>
    public required Fact<IReadOnlyDictionary<string, QueueFacts?>> Queues { get; init; }

    /// <summary>The broker's refusals of operations that the service needs.</summary>
    public required Fact<IReadOnlyList<string>> Refusals { get; init; }

    /// <summary>Why the broker accepts no messages, such as <c>low on memory</c>; null if it accepts them.</summary>
    public required Fact<string?> Alarm { get; init; }
}

/// <summary>A queue.</summary>
/// <param name="Messages">The number of waiting messages.</param>
/// <param name="Consumers">The number of consumers.</param>
/// <param name="IsQuorum">Whether it is a quorum queue; null if the user may not find out.</param>
internal sealed record QueueFacts(uint Messages, uint Consumers, bool? IsQuorum = null);

/// <summary>The claim of a lineage.</summary>
internal enum HostClaim
{
    /// <summary>No database has claimed it.</summary>
    None,

    /// <summary>The installation's database has claimed it.</summary>
    Own,

    /// <summary>Another database has claimed it.</summary>
    Foreign,
}
