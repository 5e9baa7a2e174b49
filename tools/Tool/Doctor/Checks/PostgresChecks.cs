using LastMile.Events.Postgres;
using LastMile.Events.Tool.Doctor.Facts;

namespace LastMile.Events.Tool.Doctor.Checks;

/// <summary>Checks of the database.</summary>
internal static class PostgresChecks
{
    private const int LeastVersion = 150_000;

    // Half of the default of Invalidator:StreamWalMegabytes.
    private const long MuchWal = 256L << 20;
    private static readonly TimeSpan OldBacklog = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongTransaction = TimeSpan.FromMinutes(5);

    /// <summary>All checks.</summary>
    public static IReadOnlyList<Check<PostgresFacts>> All { get; } =
    [
        new("postgres.reachable", Reachable),
        new("postgres.version", facts => Judgement.Of(facts.Server, server => server.VersionNumber >= LeastVersion ? null : Finding.Error(
            $"The server is PostgreSQL {server.Version}.",
            "LastMile needs PostgreSQL 15 or later.",
            "Upgrade the server to PostgreSQL 15 or later."))),
        new("postgres.standby", facts => Judgement.Of(facts.Server, server => !server.IsStandby ? null : Finding.Error(
            "The server is a standby.",
            "The Invalidator can't claim changes there.",
            "Set Postgres:ConnectionString to the primary server, or list all servers and add Target Session Attributes=primary."))),
        new("postgres.schema", Schema),
        new("postgres.rights", facts => Judgement.Of(facts.MissingRights, missing => missing.Count == 0 ? null : Finding.Error(
            $"The role {facts.Role} lacks {Shown(missing)}.",
            "The Invalidator can't relay changes, or fails later.",
            $"As the owner of the schema: select lastmile.grant_relay('{facts.Role}');"))),
        new("postgres.superuser", facts => Judgement.Of(facts.Server, server => !server.IsSuperuser ? null : Finding.Warning(
            $"The Invalidator logs in as {facts.Role}, a superuser.",
            "A leaked password gives control of the whole server.",
            "Create a role with 'lastmile setup postgres', and use it in Postgres:ConnectionString."))),
        new("postgres.wal-level", facts => Judgement.Of(facts.Server, server => server.WalLevel == "logical" ? null : Finding.Warning(
            $"wal_level is {server.WalLevel}.",
            "There is no stream: the Invalidator polls the outbox, which adds some milliseconds to each purge and load to the server.",
            "alter system set wal_level = 'logical'; then restart the server."))),
        new("postgres.replication", facts => Judgement.Of(facts.Server, server => server.MayReplicate ? null : Finding.Warning(
            $"The role {facts.Role} lacks the attribute REPLICATION.",
            "There is no stream: the Invalidator polls the outbox, which adds some milliseconds to each purge and load to the server.",
            $"alter role {facts.Role} replication; then restart the Invalidator."))),
        new("postgres.publication", facts => Judgement.Of(
            facts.Server, server => server.HasPublication || !server.HasSchema ? null : Finding.Warning(
                $"The publication {OutboxSchema.Publication} does not exist.",
                "There is no stream: the Invalidator polls the outbox.",
                $"As the database's owner: create publication {OutboxSchema.Publication} for table lastmile.outbox (id, entity, relation, "
                    + "kind, columns, rows, row_count, created_at, traceparent, actor) with (publish = 'insert'); "
                    + "then restart the Invalidator."))),
        new("postgres.slots", facts => Judgement.Of(facts.Server, Slots)),
        new("postgres.stream", Stream),
        new("postgres.slot-wal-limit", facts => Judgement.Of(facts.Server, server => server.SlotWalLimit >= 0 ? null : Finding.Note(
            "max_slot_wal_keep_size is unlimited.",
            "The Invalidator limits the WAL that its stream keeps (Invalidator:StreamWalMegabytes); nothing limits other slots.",
            "alter system set max_slot_wal_keep_size = '4GB'; select pg_reload_conf();"))),
        new("postgres.pooler", facts => Judgement.Of(facts.Server, server => !server.IsPooled ? null : Finding.Warning(
            "A connection pooler answers at this address.",
            "A pooler may refuse the stream, and in transaction mode it mixes the Invalidator's sessions with those of applications.",
            "Set Postgres:ConnectionString of the Invalidator to the address of PostgreSQL itself."))),
        new("postgres.open-transaction", OpenTransactions),
        new("postgres.capture", facts => Judgement.On(facts.Audit, findings => Judgement.Of(findings.Select(finding => Finding.Error(
            finding.Subject.Length == 0 ? $"Capture: {finding.Problem}." : $"Capture of {finding.Subject}: {finding.Problem}.",
            "Changes may not be purged.",
            finding.Remedy.Length == 0 ? "See select * from lastmile.audit();" : $"{finding.Remedy};"))))),
        new("postgres.tracked", facts => Judgement.Of(facts.Tables, tables => tables.Tracked > 0 ? null : Finding.Warning(
            "No table is tracked.",
            "Only changes that applications publish on the bus are purged.",
            "Declare purge rules on the EF Core model and apply the migration, or call: "
                + "select lastmile.track('products', 'Product', array['product:{id}']);"))),
        new("postgres.quarantine", facts => Judgement.Of(facts.Tables, tables => tables.Quarantined == 0 ? null : Finding.Warning(
            $"{tables.Quarantined:N0} changes are in quarantine.",
            "The relay could not interpret them, so it purged their entities' whole tags instead.",
            "lastmile quarantine list shows the reasons. Fix them, then requeue or drop the changes."))),
        new("postgres.backlog", facts => Judgement.Of(facts.Tables, tables => tables.BacklogAge < OldBacklog ? null : Finding.Error(
            $"{tables.Backlog:N0} changes wait in the outbox, the oldest for {tables.BacklogAge.TotalSeconds:0} s.",
            "No Invalidator relays them, so regions serve stale entries.",
            "Start the Invalidator, or check its /health/ready: it names the server that it waits for."))),
    ];

    private static Judgement Reachable(PostgresFacts facts) => Judgement.Of(facts.Server.Missing is { } reason
        ? Finding.Error(
            $"The login of {facts.Role} to {facts.Address} fails: {reason}",
            "The Invalidator relays nothing.",
            reason switch
            {
                _ when reason.Contains("password authentication failed", StringComparison.Ordinal) =>
                    $"Correct the password in Postgres:ConnectionString, or set it: \\password {facts.Role} in psql.",
                _ when reason.Contains("does not exist", StringComparison.Ordinal) =>
                    "Correct the database or the role in Postgres:ConnectionString, or create them with 'lastmile setup postgres'.",
                _ when reason.Contains("certificate", StringComparison.OrdinalIgnoreCase) =>
                    "Set Root Certificate in Postgres:ConnectionString to the PEM file of the CA that signed the server's certificate.",
                _ when reason.Contains("pg_hba", StringComparison.Ordinal) =>
                    $"Allow the login in pg_hba.conf: hostssl <database> {facts.Role} samenet scram-sha-256; then select pg_reload_conf();",
                _ => "Check that the server runs, that this machine reaches it, and the host and port in Postgres:ConnectionString.",
            })
        : null);

    private static Judgement Schema(PostgresFacts facts) => facts.Server is { Missing: null, Value.HasSchema: false }
        ? Judgement.Of(NotInstalled(facts))
        : Judgement.Of(facts.SchemaVersion, version => version switch
        {
            0 => NotInstalled(facts),
            var older when older < OutboxSchema.Version => Finding.Error(
                $"The schema lastmile has version {older}, and this tool expects {OutboxSchema.Version}.",
                "The Invalidator of this version fails, unless it may install the schema itself (Invalidator:InstallSchema).",
                "Apply the migration of the new package version, or: lastmile setup postgres --schema --apply"),
            var newer when newer > OutboxSchema.Version => Finding.Warning(
                $"The schema lastmile has version {newer}, and this tool expects {OutboxSchema.Version}.",
                "This tool is older than the installation, so its results may be wrong.",
                "dotnet tool update --global LastMile.Events.Tool"),
            _ => null,
        });

    private static Finding NotInstalled(PostgresFacts facts) => Finding.Error(
        $"The schema lastmile is not installed in {facts.Address}.",
        "No change is captured.",
        "Apply the application's migrations (UseLastMile), or: lastmile setup postgres --schema --apply");

    private static Finding? Slots(PostgresServerFacts server) => server switch
    {
        { HasStream: true } => null,
        _ when server.Slots >= server.MaxSlots => Finding.Warning(
            $"All {server.MaxSlots} replication slots are in use.",
            "There is no stream: the Invalidator polls the outbox.",
            "Drop slots that are not used (select slot_name, active from pg_replication_slots; select pg_drop_replication_slot('…');), "
                + $"or alter system set max_replication_slots = {server.MaxSlots + 10}; then restart the server."),
        _ when server.Senders >= server.MaxSenders => Finding.Warning(
            $"All {server.MaxSenders} WAL senders are in use.",
            "There is no stream: the Invalidator polls the outbox.",
            $"alter system set max_wal_senders = {server.MaxSenders + 10}; then restart the server."),
        _ => null,
    };

    private static Judgement Stream(PostgresFacts facts)
    {
        if (facts.Server is { Missing: null, Value: var server } && (!server.MayReplicate || server.WalLevel != "logical"))
            return Judgement.Skip("See postgres.wal-level and postgres.replication.");
        return Judgement.Of(facts.StreamRefusal, refusal => refusal is null ? null : Finding.Warning(
            $"PostgreSQL refuses the stream's connection: {refusal}.",
            "The Invalidator polls the outbox, which adds some milliseconds to each purge.",
            $"Allow the connection in pg_hba.conf: hostssl <database> {facts.Role} samenet scram-sha-256; "
                + "and free a WAL sender if all are in use."));
    }

    private static Judgement OpenTransactions(PostgresFacts facts)
    {
        var longest = facts.OpenTransactions is { Missing: null, Value: var seen }
            ? seen.Where(transaction => transaction.Age > LongTransaction).MaxBy(transaction => transaction.Age)
            : null;
        return Judgement.Of(facts.Server, server => (longest, server.KeptWal) switch
        {
            ({ ProcessId: 0 } prepared, _) => Finding.Warning(
                $"A prepared transaction has been open for {prepared.Age.TotalMinutes:0} minutes.",
                "PostgreSQL keeps all WAL since then for the stream, and the disk may fill up.",
                "Find it and end it: select gid, prepared from pg_prepared_xacts; rollback prepared '…';"),
            ({ } open, _) => Finding.Warning(
                $"A transaction of session {open.ProcessId} has been open for {open.Age.TotalMinutes:0} minutes.",
                "PostgreSQL keeps all WAL since then for the stream, and the disk may fill up.",
                $"Find out what it does, and end it: select pg_terminate_backend({open.ProcessId});"),
            (null, > MuchWal) => Finding.Warning(
                $"PostgreSQL keeps {server.KeptWal >> 20:N0} MB of WAL for the stream.",
                "A transaction that has written is open; above Invalidator:StreamWalMegabytes the Invalidator polls instead.",
                "Find it: select pid, xact_start, query from pg_stat_activity where backend_xid is not null order by xact_start; "
                    + "and end it: select pg_terminate_backend(…);"),
            _ => null,
        });
    }

    private static string Shown(IReadOnlyList<string> missing) =>
        string.Join(", ", missing.Take(5)) + (missing.Count > 5 ? $" and {missing.Count - 5} more privileges" : "");
}
