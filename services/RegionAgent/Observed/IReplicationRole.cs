using LastMile.Events.Messages;
using LastMile.Events.Redis;

namespace LastMile.Events.RegionAgent.Observed;

/// <summary>Interprets the replication state of the region's Redis. Each topology expects a different state.</summary>
internal interface IReplicationRole
{
    /// <summary>Returns the state of the link; <c>Down</c> for a server that should replicate and does not.</summary>
    LinkState Link(ReplicationInfo info);

    /// <summary>Returns the misconfiguration and the setting that fixes it; null when the server is configured correctly.</summary>
    /// <param name="info">The server's replication state.</param>
    /// <param name="address">The server's address, for the text.</param>
    string? Warning(ReplicationInfo info, string address);

    /// <summary>Returns why the region can't use a server, and the setting to change; null when it can.</summary>
    /// <param name="server">The server.</param>
    /// <param name="address">The server's address, for the text.</param>
    string? Refusal(ServerFacts server, string address);
}
