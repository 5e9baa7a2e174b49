namespace LastMile.Events.Tool.Doctor.Reading;

/// <summary>The queues and exchanges that a service uses on the bus.</summary>
internal sealed record BusRole
{
    private const string Messages = "LastMile.Events.Messages:";

    /// <summary>The lineage of the database.</summary>
    public required string Lineage { get; init; }

    /// <summary>The queue that claims the lineage's name for a database.</summary>
    public string ClaimQueue => "lastmile.lineage." + Lineage;

    /// <summary>The queues that the service consumes.</summary>
    public required IReadOnlyList<string> Queues { get; init; }

    /// <summary>The queues of messages that could not be consumed. RabbitMQ has them only after the first such message.</summary>
    public required IReadOnlyList<string> FailureQueues { get; init; }

    /// <summary>The exchanges that the service declares.</summary>
    public required IReadOnlyList<string> DeclaredExchanges { get; init; }

    /// <summary>The exchanges that the service publishes to.</summary>
    public required IReadOnlyList<string> PublishedExchanges { get; init; }

    /// <summary>Returns the arguments with which a service declares a queue as a quorum queue; null if they are not known here.</summary>
    public Func<string, Dictionary<string, object?>?> QuorumArguments { get; init; } = _ => null;

    /// <summary>Returns the queue of the changes that applications publish.</summary>
    public static string ChangesOf(string lineage) => "lastmile.changes." + lineage;

    /// <summary>Returns the role of a lineage's Invalidators.</summary>
    public static BusRole Invalidator(string lineage) => new()
    {
        Lineage = lineage,
        Queues = [ChangesOf(lineage), $"lastmile.episodes.{lineage}", $"lastmile.requests.{lineage}"],
        FailureQueues =
        [
            $"{ChangesOf(lineage)}_error", $"{ChangesOf(lineage)}_skipped",
            $"lastmile.episodes.{lineage}_error", $"lastmile.episodes.{lineage}_skipped",
        ],
        DeclaredExchanges = Named(
            "EntityChanged", "EntitiesChanged", "PurgesApplied", "InvalidatorHeartbeat", "RegionReported", "RegionSilent", "RegionBack",
            "ReplicaLagDetected", "ReplicaLagRecovered", "RegionEpisodeRequested"),
        PublishedExchanges = Named("PurgesApplied", "InvalidatorHeartbeat", "RegionSilent", "RegionBack"),
        QuorumArguments = queue => queue == ChangesOf(lineage) ? new(StringComparer.Ordinal) { ["x-queue-type"] = "quorum" } : null,
    };

    /// <summary>Returns the name of a region's queue.</summary>
    public static string QueueOf(string region) => "lastmile.region." + region;

    /// <summary>Returns the role of a region's agents.</summary>
    /// <param name="region">The region.</param>
    /// <param name="lineage">The lineage of the database.</param>
    public static BusRole Agent(string region, string lineage) => new()
    {
        Lineage = lineage,
        Queues = [QueueOf(region)],
        FailureQueues = [$"{QueueOf(region)}_error", $"{QueueOf(region)}_skipped"],
        DeclaredExchanges = Named("PurgesApplied", "InvalidatorHeartbeat", "RegionReported", "LeaderProbed"),
        PublishedExchanges =
        [
            .. Named("RegionReported", "ReplicaLagDetected", "ReplicaLagRecovered", "RegionPurgesLost"),
            $"lastmile.episodes.{lineage}", $"lastmile.requests.{lineage}",
        ],
    };

    private static string[] Named(params string[] messages) => Array.ConvertAll(messages, message => Messages + message);
}
