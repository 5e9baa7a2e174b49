using StackExchange.Redis;

namespace LastMile.Events.Redis;

/// <summary>What a Redis server says of its replication (<c>INFO replication</c>).</summary>
/// <param name="IsPrimary">Whether the server is a primary; an independent server is one too.</param>
/// <param name="Identity">
/// The primary's <c>master_replid</c>. It changes with a failover, with a start without the old data, and when a replica attaches to a
/// primary that keeps no replication stream yet (Redis, <c>replication.c</c>: <c>changeReplicationId</c> in <c>syncCommand</c>).
/// </param>
/// <param name="Offset">Bytes of replication stream written (primary) or received (replica).</param>
/// <param name="Replicas">Replicas attached to this server.</param>
/// <param name="LinkUp">On a replica: whether its link to the primary is up. Always so on a primary.</param>
/// <param name="Syncing">On a replica: whether a full resync runs.</param>
/// <param name="ReadOnly">On a replica: whether it refuses writes.</param>
public sealed record ReplicationInfo(bool IsPrimary, string Identity, long Offset, int Replicas, bool LinkUp, bool Syncing, bool ReadOnly)
{
    /// <summary>Where in the replication stream what the server keeps of it begins (<c>repl_backlog_first_byte_offset</c>); 0: it keeps none.</summary>
    public long BacklogBegin { get; init; }

    /// <summary>Whether it keeps so much of the stream that the oldest goes as more comes.</summary>
    public bool BacklogFull { get; init; }

    /// <summary>
    /// Whether a replica has copied its primary in full since an earlier look: also when the copying was too short to be seen. A replica throws
    /// away what it keeps of the stream when it begins to copy, and a backlog that is not full loses its beginning in no other way.
    /// </summary>
    /// <param name="earlier">The earlier look at the same server.</param>
    /// <seealso href="https://redis.io/docs/latest/operate/oss_and_stack/management/replication/">Redis replication</seealso>
    public bool WasCopiedSince(ReplicationInfo earlier)
    {
        ArgumentNullException.ThrowIfNull(earlier);
        return !IsPrimary && BacklogBegin != earlier.BacklogBegin && !BacklogFull;
    }

    /// <summary>Asks a server.</summary>
    /// <param name="server">The server, of a connection with <c>allowAdmin=true</c>: StackExchange.Redis counts <c>INFO</c> as administration.</param>
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
