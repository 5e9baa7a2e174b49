namespace LastMile.Events.Tool.Doctor.Reading;

/// <summary>The queues and exchanges that a service uses on the bus.</summary>
internal sealed record BusRole
{
    /// <summary>The queue that claims a virtual host for a database.</summary>
    public const string ClaimQueue = "lastmile.database";

    /// <summary>The queue of the changes that applications publish.</summary>
    public const string Changes = "lastmile.changes";

    private const string Messages = "LastMile.Events.Messages:";

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

    /// <summary>The role of the Invalidators.</summary>
    public static BusRole Invalidator { get; } = new()
    {
        Queues = [Changes, "lastmile.episodes", "lastmile.requests"],
        FailureQueues = [$"{Changes}_error", $"{Changes}_skipped", "lastmile.episodes_error", "lastmile.episodes_skipped"],
        DeclaredExchanges = Named(
            "EntityChanged", "EntitiesChanged", "PurgesApplied", "InvalidatorHeartbeat", "RegionReported", "RegionSilent", "RegionBack",
            "ReplicaLagDetected", "ReplicaLagRecovered", "PurgesRequested", "RegionEpisodeRequested"),
        PublishedExchanges = Named("PurgesApplied", "InvalidatorHeartbeat", "RegionSilent", "RegionBack"),
        QuorumArguments = queue => queue == Changes ? new(StringComparer.Ordinal) { ["x-queue-type"] = "quorum" } : null,
    };

    /// <summary>Returns the name of a region's queue.</summary>
    public static string QueueOf(string region) => "lastmile.region." + region;

    /// <summary>Returns the role of a region's agents.</summary>
    public static BusRole Agent(string region) => new()
    {
        Queues = [QueueOf(region)],
        FailureQueues = [$"{QueueOf(region)}_error", $"{QueueOf(region)}_skipped"],
        DeclaredExchanges = Named("PurgesApplied", "InvalidatorHeartbeat", "RegionReported", "LeaderProbed"),
        PublishedExchanges = Named(
            "RegionReported", "ReplicaLagDetected", "ReplicaLagRecovered", "RegionPurgesLost", "PurgesRequested", "RegionEpisodeRequested"),
    };

    private static string[] Named(params string[] messages) => Array.ConvertAll(messages, message => Messages + message);
}
