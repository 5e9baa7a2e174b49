using System.Globalization;

namespace LastMile.Events.Invalidator.Outbox;

/// <summary>
/// What a query that begins now can see, as <c>pg_current_snapshot()</c> writes it: <c>xmin:xmax:xip,xip</c>. A commit is told by the
/// replication stream before others can see it; synchronous replication can make that long. To purge in between would let a reader put
/// the old row back into the cache, for good.
/// </summary>
internal sealed class Snapshot
{
    private readonly uint xmin;
    private readonly uint xmax;
    private readonly HashSet<uint> running;

    private Snapshot(uint xmin, uint xmax, HashSet<uint> running) => (this.xmin, this.xmax, this.running) = (xmin, xmax, running);

    public static Snapshot Parse(string text)
    {
        var parts = text.Split(':');
        return new Snapshot(Xid(parts[0]), Xid(parts[1]), [.. parts[2].Split(',', StringSplitOptions.RemoveEmptyEntries).Select(Xid)]);
    }

    /// <summary>Whether a transaction that has committed can be seen.</summary>
    /// <param name="xid">Its id without the epoch. Ids are compared on a circle, as PostgreSQL does: one half of it is the past.</param>
    public bool Sees(uint xid) => Precedes(xid, xmin) || (Precedes(xid, xmax) && !running.Contains(xid));

    private static bool Precedes(uint xid, uint other) => unchecked((int)(xid - other)) < 0;

    private static uint Xid(string text) => unchecked((uint)ulong.Parse(text, CultureInfo.InvariantCulture));
}
