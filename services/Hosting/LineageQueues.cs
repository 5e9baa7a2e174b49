namespace LastMile.Events.Hosting;

/// <summary>The queues that all Invalidators of a lineage share. One Invalidator processes each message.</summary>
public static class LineageQueues
{
    /// <summary>Returns the queue of the changes that applications publish.</summary>
    /// <param name="lineage">The lineage.</param>
    public static string Changes(string lineage) => "lastmile.changes." + lineage;

    /// <summary>
    /// Returns the queue of alerts, and of requests for a region's open episode. A request is answered after all earlier alerts.
    /// </summary>
    /// <param name="lineage">The lineage.</param>
    public static string Episodes(string lineage) => "lastmile.episodes." + lineage;

    /// <summary>
    /// Returns the queue of agents' requests for purges from the log. A request expires after 30 s, when its agent no longer waits.
    /// </summary>
    /// <param name="lineage">The lineage.</param>
    public static string Requests(string lineage) => "lastmile.requests." + lineage;

    /// <summary>Returns the address to which a request to a queue is sent. Sending does not declare the queue.</summary>
    /// <param name="queue">The queue.</param>
    public static Uri AddressOf(string queue) => new($"exchange:{queue}");
}
