using LastMile.Events.Redis;
using LastMile.Events.Tool.Doctor.Facts;

namespace LastMile.Events.Tool.Doctor.Checks;

/// <summary>Checks of the Redis primary.</summary>
internal static class PrimaryChecks
{
    private const long LeastBacklog = 16L << 20;
    private static readonly TimeSpan SnapshotDue = TimeSpan.FromMinutes(15);

    /// <summary>The checks.</summary>
    public static IReadOnlyList<Check<InstallationFacts>> All { get; } =
    [
        new("primary.role", all => Judgement.Of(all.Primary.Info, info => info.IsPrimary ? null : Finding.Error(
            $"The server is a replica of {info.PrimaryAddress}.",
            "Purges written here reach no region, and the next resync undoes them.",
            $"Set Redis:ConnectionString of the Invalidator to {info.PrimaryAddress}; "
                + "or, if this server should be the primary: REPLICAOF NO ONE"))),
        new("primary.eviction", all => Judgement.Of(all.Primary.Info, info => Eviction(all.ApplicationsFillPrimary, info.Policy))),
        new("primary.memory", all => Judgement.Of(all.Primary.Info, info => info switch
        {
            { MaxMemory: 0 } => Finding.Warning(
                "maxmemory is not set.",
                "The server grows until the machine has no memory left, and no metric warns before.",
                "CONFIG SET maxmemory 512mb, and the same in redis.conf."),
            { UsedPercent: >= 90 } when !all.ApplicationsFillPrimary || info.Policy == "noeviction" => Finding.Error(
                $"The server uses {info.UsedPercent} % of its maxmemory.",
                "A full primary refuses purges.",
                $"CONFIG SET maxmemory {(info.MaxMemory >> 20) * 2 + 1}mb, and the same in redis.conf; "
                    + "then see docs/operations/memory.md."),
            _ => null,
        })),
        new("primary.persistence", Persistence),
        new("primary.backlog", all => Judgement.Of(all.Primary.Info, info => info.Number("repl_backlog_size") >= LeastBacklog
            ? null
            : Finding.Warning(
                $"repl-backlog-size is {info.Number("repl_backlog_size") >> 10:N0} KB.",
                "A region that was cut off for a moment needs a full resync, which empties its cache.",
                "CONFIG SET repl-backlog-size 64mb, and the same in redis.conf."))),
        new("primary.database", all => Judgement.On(all.Primary.Database, database =>
            all.Postgres.Identity is { Missing: { } reason }
                ? Judgement.Skip(reason)
                : Judgement.Of(Foreign(all, database)))),
    ];

    private static Finding? Eviction(bool applicationsFill, string policy) => (applicationsFill, policy) switch
    {
        (_, var any) when any.StartsWith("allkeys-", StringComparison.Ordinal) => Finding.Error(
            $"maxmemory-policy is {policy}.",
            "The server may evict the watermark and tag generations, which makes old entries valid again.",
            $"CONFIG SET maxmemory-policy {(applicationsFill ? "volatile-lru" : "noeviction")}, and the same in redis.conf."),
        (true, "noeviction") => Finding.Warning(
            "maxmemory-policy is noeviction.",
            "The applications of read-only regions fill this primary. A full one refuses purges and new entries.",
            "CONFIG SET maxmemory-policy volatile-lru, and the same in redis.conf."),
        (false, not "noeviction") => Finding.Warning(
            $"maxmemory-policy is {policy}.",
            "The primary holds only keys that must stay. This policy keeps them, but hides that other clients write here.",
            "CONFIG SET maxmemory-policy noeviction, and the same in redis.conf."),
        _ => null,
    };

    private static Finding? Foreign(InstallationFacts all, string? database) => database switch
    {
        null => Finding.Warning(
            $"No Invalidator has used this primary: {NameOf(all)} is missing.",
            "Nothing has been purged yet.",
            "Start the Invalidator with this Redis:ConnectionString and this Redis:KeyPrefix."),
        _ when database != all.Postgres.Identity.Value => Finding.Error(
            $"The primary belongs to database {database}, and the installation's database is {all.Postgres.Identity.Value}.",
            "Two databases purge one Redis as one lineage: their watermarks overwrite each other, and epochs begin in turn.",
            "Give each database its own Invalidator:Lineage, and list all lineages in Region:Lineages of the agents. "
                + $"If this database has replaced the other one, restart the Invalidator: it then writes {NameOf(all)}."),
        _ => null,
    };

    private static string NameOf(InstallationFacts all) =>
        new RedisKeys(all.Primary.KeyPrefix, all.Settings.Lineage).Database.ToString();

    private static Judgement Persistence(InstallationFacts all)
    {
        var failed = Judgement.Of(all.Primary.Info, info => info.Text("rdb_last_bgsave_status") != "err" ? null : Finding.Error(
            "The last snapshot failed.",
            "By default the server then refuses all writes, so it refuses purges; and a restart loses the watermark.",
            "Read the server's log. Make its folder (CONFIG GET dir) writable, or free disk space; then BGSAVE."));
        if (failed.NotChecked is not null || failed.Findings.Count > 0)
            return failed;
        if (all.Primary.Config is { Missing: null, Value: var config })
        {
            return Judgement.Of(
                config["save"].Length > 0 || config["appendonly"] == "yes" ? null : Off("save is empty and appendonly is no."));
        }

        var info = all.Primary.Info.Value;
        var sinceSave = DateTimeOffset.UnixEpoch.AddMicroseconds(info.Number("server_time_usec"))
            - DateTimeOffset.FromUnixTimeSeconds(info.Number("rdb_last_save_time"));
        return Judgement.Of(info.Text("aof_enabled") == "0" && info.Number("rdb_changes_since_last_save") > 0 && sinceSave > SnapshotDue
            ? Off($"The server has not saved its data for {sinceSave.TotalMinutes:0} minutes.")
            : null);
    }

    private static Finding Off(string problem) => Finding.Warning(
        problem,
        "After a restart the primary is empty, and all regions copy it: every cache is cold at once.",
        "CONFIG SET save '300 1', and 'save 300 1' in redis.conf.");
}
