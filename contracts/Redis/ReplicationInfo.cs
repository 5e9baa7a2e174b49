using StackExchange.Redis;

namespace LastMile.Events.Redis;

/// <summary>The replication state of a Redis server (<c>INFO replication</c>).</summary>
/// <param name="IsPrimary">Whether the server is a primary. An independent server counts as a primary.</param>
/// <param name="Identity">
/// The primary's <c>master_replid</c>. It changes with a failover, with a start without the old data, and when a replica attaches to a
/// primary that has no replication backlog yet (Redis, <c>replication.c</c>: <c>changeReplicationId</c> in <c>syncCommand</c>).
/// </param>
/// <param name="Offset">Bytes of the replication stream written (primary) or received (replica).</param>
/// <param name="Replicas">The number of replicas attached to this server.</param>
/// <param name="LinkUp">Whether a replica's link to its primary is up. Always true on a primary.</param>
/// <param name="Syncing">Whether a replica is in a full resync.</param>
/// <param name="ReadOnly">Whether a replica refuses writes.</param>
public sealed record ReplicationInfo(bool IsPrimary, string Identity, long Offset, int Replicas, bool LinkUp, bool Syncing, bool ReadOnly)
{
    /// <summary>
    /// The offset at which the server's replication backlog begins (<c>repl_backlog_first_byte_offset</c>); 0 without a backlog.
    /// </summary>
    public long BacklogBegin { get; init; }

    /// <summary>Whether the backlog is full, so that new data overwrites the oldest.</summary>
    public bool BacklogFull { get; init; }

    /// <summary>
    /// Returns whether a replica has copied its primary in full since an earlier reading, even if the copy was too short to be observed. A
    /// replica discards its backlog when a full copy begins, and the beginning of a backlog that is not full moves for no other reason.
    /// </summary>
    /// <param name="earlier">The earlier reading of the same server.</param>
    /// <seealso href="https://redis.io/docs/latest/operate/oss_and_stack/management/replication/">Redis replication</seealso>
    public bool HasResyncedSince(ReplicationInfo earlier)
    {
        ArgumentNullException.ThrowIfNull(earlier);
        return !IsPrimary && BacklogBegin != earlier.BacklogBegin && !BacklogFull;
    }

    /// <summary>Reads the replication section of a server's <c>INFO</c>.</summary>
    /// <param name="server">
    /// The server, from a connection with <c>allowAdmin=true</c>, because StackExchange.Redis treats <c>INFO</c> as an admin command.
    /// </param>
    /// <exception cref="RedisException">The server did not answer.</exception>
    public static async Task<ReplicationInfo> ReadAsync(IServer server)
    {
        ArgumentNullException.ThrowIfNull(server);
        return Parse((string?)await server.ExecuteAsync("INFO", "replication") ?? "");
    }

    internal static ReplicationInfo Parse(string info)
    {
        var fields = new InfoText(info);
        var isPrimary = fields.Text("role") == "master";
        return new ReplicationInfo(
            isPrimary,
            fields.Text("master_replid"),
            fields.Number("master_repl_offset"),
            (int)fields.Number("connected_slaves"),
            isPrimary || fields.Text("master_link_status") == "up",
            fields.Text("master_sync_in_progress") == "1",
            !isPrimary && fields.Text("slave_read_only") == "1")
        {
            BacklogBegin = fields.Number("repl_backlog_first_byte_offset"),
            BacklogFull = fields.Number("repl_backlog_size") is > 0 and var size && fields.Number("repl_backlog_histlen") >= size,
        };
    }
}
