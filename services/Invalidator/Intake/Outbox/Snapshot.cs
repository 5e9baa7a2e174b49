using System.Globalization;

namespace LastMile.Events.Invalidator.Intake.Outbox;

/// <summary>
/// The transactions that a query that begins now can see, in the format of <c>pg_current_snapshot()</c>: <c>xmin:xmax:xip,xip</c>. The
/// replication stream reports a commit before other sessions can see it; with synchronous replication, long before. If a purge were
/// applied in between, a reader could put the old row back into the cache permanently.
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

    /// <summary>Returns whether a committed transaction is visible.</summary>
    /// <param name="xid">Its id without the epoch. As in PostgreSQL, ids wrap around: half of all ids count as past.</param>
    public bool Sees(uint xid) => Precedes(xid, xmin) || (Precedes(xid, xmax) && !running.Contains(xid));

    private static bool Precedes(uint xid, uint other) => unchecked((int)(xid - other)) < 0;

    private static uint Xid(string text) => unchecked((uint)ulong.Parse(text, CultureInfo.InvariantCulture));
}
