namespace LastMile.Events.Tool.Doctor.Facts;

/// <summary>The state of the database, as the Invalidator's role sees it.</summary>
internal sealed record PostgresFacts
{
    /// <summary>The address, without secrets.</summary>
    public required string Address { get; init; }

    /// <summary>The role that the Invalidator logs in as.</summary>
    public required string Role { get; init; }

    /// <summary>The server's settings and the role's attributes; unknown if the login fails.</summary>
    public required Fact<PostgresServerFacts> Server { get; init; }

    /// <summary>The version of the schema <c>lastmile</c>; 0 if it is not installed.</summary>
    public required Fact<int> SchemaVersion { get; init; }

    /// <summary>The privileges that the role lacks, as <c>privilege on relation</c>.</summary>
    public required Fact<IReadOnlyList<string>> MissingRights { get; init; }

    /// <summary>The findings of <c>lastmile.audit()</c>.</summary>
    public required Fact<IReadOnlyList<AuditFinding>> Audit { get; init; }

    /// <summary>The database's identity.</summary>
    public required Fact<string?> Identity { get; init; }

    /// <summary>The contents of the tables.</summary>
    public required Fact<PostgresTables> Tables { get; init; }

    /// <summary>Why PostgreSQL refuses a replication connection; null if it accepts one, or an Invalidator receives the stream.</summary>
    public required Fact<string?> StreamRefusal { get; init; }

    /// <summary>Transactions that have been open for long, as far as the role may see them.</summary>
    public required Fact<IReadOnlyList<OpenTransaction>> OpenTransactions { get; init; }
}

/// <summary>A PostgreSQL server and the role's attributes.</summary>
internal sealed record PostgresServerFacts
{
    /// <summary>The version as a number, such as 150004.</summary>
    public required int VersionNumber { get; init; }

    /// <summary>The version as a text, such as 15.4.</summary>
    public required string Version { get; init; }

    /// <summary>The setting <c>wal_level</c>.</summary>
    public required string WalLevel { get; init; }

    /// <summary>Whether the server is a standby, which accepts no writes.</summary>
    public bool IsStandby { get; init; }

    /// <summary>Whether the role has the attribute REPLICATION or is a superuser.</summary>
    public bool MayReplicate { get; init; }

    /// <summary>Whether the role is a superuser.</summary>
    public bool IsSuperuser { get; init; }

    /// <summary>The setting <c>max_replication_slots</c>.</summary>
    public int MaxSlots { get; init; }

    /// <summary>The number of replication slots.</summary>
    public int Slots { get; init; }

    /// <summary>The setting <c>max_wal_senders</c>.</summary>
    public int MaxSenders { get; init; }

    /// <summary>The number of running WAL senders.</summary>
    public int Senders { get; init; }

    /// <summary>The setting <c>max_slot_wal_keep_size</c> in megabytes; -1 for no limit.</summary>
    public long SlotWalLimit { get; init; }

    /// <summary>Whether an Invalidator of this database receives the stream.</summary>
    public bool HasStream { get; init; }

    /// <summary>The WAL in bytes that the server keeps for that stream.</summary>
    public long KeptWal { get; init; }

    /// <summary>Whether the publication of the outbox exists.</summary>
    public bool HasPublication { get; init; }

    /// <summary>Whether the schema <c>lastmile</c> exists.</summary>
    public bool HasSchema { get; init; }

    /// <summary>Whether a connection pooler answers: the process that runs statements is not the one that accepted the login.</summary>
    public bool IsPooled { get; init; }

    /// <summary>How far the server's clock is ahead of this machine's.</summary>
    public TimeSpan ClockOffset { get; init; }
}

/// <summary>A row of <c>lastmile.audit()</c>.</summary>
/// <param name="Subject">The table or entity; empty for the server.</param>
/// <param name="Problem">What is wrong.</param>
/// <param name="Remedy">The statement that fixes it.</param>
internal sealed record AuditFinding(string Subject, string Problem, string Remedy);

/// <summary>The contents of the tables of the schema <c>lastmile</c>.</summary>
/// <param name="Tracked">The number of tracked tables.</param>
/// <param name="Backlog">The number of waiting outbox rows.</param>
/// <param name="BacklogAge">The age of the oldest waiting row; zero if there is none.</param>
/// <param name="Quarantined">The number of quarantined rows.</param>
internal sealed record PostgresTables(long Tracked, long Backlog, TimeSpan BacklogAge, long Quarantined);

/// <summary>A transaction in progress that has written.</summary>
/// <param name="ProcessId">The process id of its session.</param>
/// <param name="Age">The time since its start.</param>
internal sealed record OpenTransaction(int ProcessId, TimeSpan Age);
