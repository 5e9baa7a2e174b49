using LastMile.Events.Tool.Doctor.Checks;
using LastMile.Events.Tool.Doctor.Facts;
using Xunit;

namespace Tool.Tests.Doctor;

/// <summary>Tests checks on states that these tests can't produce on a server.</summary>
public sealed class JudgementTests
{
    private static readonly PostgresServerFacts Server = new()
    {
        VersionNumber = 150_004,
        Version = "15.4",
        WalLevel = "logical",
        MayReplicate = true,
        HasSchema = true,
        HasPublication = true,
        MaxSlots = 10,
        MaxSenders = 10,
    };

    public static TheoryData<string, string, string> Servers => new()
    {
        { "version", "postgres.version", "Upgrade the server to PostgreSQL 15 or later." },
        { "standby", "postgres.standby", "Set Postgres:ConnectionString to the primary server" },
        { "wal level", "postgres.wal-level", "alter system set wal_level = 'logical'; then restart the server." },
        { "senders", "postgres.slots", "alter system set max_wal_senders = 20; then restart the server." },
        { "pooler", "postgres.pooler", "Set Postgres:ConnectionString of the Invalidator to the address of PostgreSQL itself." },
    };

    [Theory]
    [MemberData(nameof(Servers))]
    public void A_state_of_PostgreSQL_is_found(string state, string check, string remedy)
    {
        var server = state switch
        {
            "version" => Server with { VersionNumber = 140_011, Version = "14.11" },
            "standby" => Server with { IsStandby = true },
            "wal level" => Server with { WalLevel = "replica" },
            "senders" => Server with { Senders = 10 },
            _ => Server with { IsPooled = true },
        };

        var (id, finding) = Assert.Single(Judge(PostgresChecks.All, Facts(server)));

        Assert.Equal(check, id);
        Assert.StartsWith(remedy, finding.Remedy, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "select gid, prepared from pg_prepared_xacts")]
    [InlineData(4711, "select pg_terminate_backend(4711);")]
    public void A_long_transaction_is_found(int process, string remedy)
    {
        var facts = Facts(Server) with
        {
            OpenTransactions = Fact<IReadOnlyList<OpenTransaction>>.Known(
                [new(process, TimeSpan.FromMinutes(6)), new(8, TimeSpan.FromMinutes(1))]),
        };

        var (id, finding) = Assert.Single(Judge(PostgresChecks.All, facts));

        Assert.Equal("postgres.open-transaction", id);
        Assert.Contains(remedy, finding.Remedy, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("redis_version:6.2.14", "redis.version")]
    [InlineData("redis_version:7.2.4\nserver_name:valkey\nvalkey_version:8.1.3", null)]
    [InlineData("redis_version:7.4.1", null)]
    public void Doctor_reports_an_old_Redis(string info, string? check)
    {
        var facts = Unreached() with { Login = Fact<bool>.Known(true), Info = Fact<RedisInfo>.Known(RedisInfo.Parse(info, TimeSpan.Zero)) };

        Assert.Equal(check is null ? [] : [check], Judge(RedisChecks.All, facts).Select(found => found.Id));
    }

    [Theory]
    [InlineData("3.9.13", true)]
    [InlineData("3.10.0", false)]
    [InlineData("4.1.2", false)]
    public void Doctor_reports_an_old_RabbitMQ(string version, bool isFound) => Assert.Equal(
        isFound ? ["rabbitmq.version"] : [],
        Judge(BrokerChecks.All, Broker() with { Version = Fact<Version>.Known(new(version)) }).Select(found => found.Id));

    [Fact]
    public void A_long_queue_is_found()
    {
        var queues = new Dictionary<string, QueueFacts?>(StringComparer.Ordinal) { ["lastmile.changes.main"] = new(50_000, 1) };

        var (id, finding) = Assert.Single(Judge(
            BrokerChecks.All, Broker() with { Queues = Fact<IReadOnlyDictionary<string, QueueFacts?>>.Known(queues) }));

        Assert.Equal("rabbitmq.backlog", id);
        Assert.Equal("50,000 messages wait in lastmile.changes.main.", finding.Problem);
    }

    [Theory]
    [InlineData(400, 0, 1, false)]
    [InlineData(10_000, 0, 0, false)]
    [InlineData(10_000, 1, 1, false)]
    [InlineData(10_000, 0, 1, true)]
    public void Without_an_operators_login_unsaved_changes_reveal_missing_persistence(
        int age, int appendOnly, int changes, bool isFound)
    {
        var info = $"rdb_last_bgsave_status:ok\naof_enabled:{appendOnly}\nrdb_changes_since_last_save:{changes}\n"
            + $"rdb_last_save_time:1000000\nserver_time_usec:{1_000_000L + age}000000";
        var all = new InstallationFacts(
            new() { Postgres = new(""), Redis = new(""), RabbitMq = new("") },
            Facts(Server),
            Unreached() with { Info = Fact<RedisInfo>.Known(RedisInfo.Parse(info, TimeSpan.Zero)) },
            Broker(),
            null,
            []);

        Assert.Equal(isFound, PrimaryChecks.All.Single(check => check.Id == "primary.persistence").Judge(all).Findings.Count == 1);
    }

    private static List<(string Id, Finding Finding)> Judge<T>(IReadOnlyList<Check<T>> checks, T facts) =>
    [
        .. checks.SelectMany(check => check.Judge(facts).Findings.Where(finding => finding.Severity != Severity.Note)
            .Select(finding => (check.Id, finding))),
    ];

    private static PostgresFacts Facts(PostgresServerFacts server) => new()
    {
        Address = "db:5432/shop",
        Role = "lastmile_invalidator",
        Server = Fact<PostgresServerFacts>.Known(server),
        SchemaVersion = Fact<int>.Unknown("x"),
        MissingRights = Fact<IReadOnlyList<string>>.Unknown("x"),
        Audit = Fact<IReadOnlyList<AuditFinding>>.Unknown("x"),
        Identity = Fact<string?>.Unknown("x"),
        Tables = Fact<PostgresTables>.Unknown("x"),
        StreamRefusal = Fact<string?>.Unknown("x"),
        OpenTransactions = Fact<IReadOnlyList<OpenTransaction>>.Unknown("x"),
    };

    private static RedisFacts Unreached() => new()
    {
        Address = "redis:6379",
        User = "lastmile-invalidator",
        KeyPrefix = "lm:",
        Login = Fact<bool>.Unknown("x"),
        Info = Fact<RedisInfo>.Unknown("x"),
        RefusedCommands = Fact<IReadOnlyList<string>>.Unknown("x"),
        Watermark = Fact<LastMile.Events.Redis.Watermark>.Unknown("x"),
        Database = Fact<string?>.Unknown("x"),
        IsSound = Fact<bool>.Unknown("x"),
        Open = Fact<OpenAccess>.Unknown("x"),
        Config = Fact<IReadOnlyDictionary<string, string>>.Unknown("x"),
        KeysWithoutTtl = Fact<long>.Unknown("x"),
    };

    private static BrokerFacts Broker() => new()
    {
        Address = "broker:5672",
        User = "lastmile-invalidator",
        VirtualHost = "/",
        ClaimQueue = "lastmile.lineage.main",
        Version = Fact<Version>.Known(new(3, 13)),
        Claim = Fact<HostClaim>.Unknown("x"),
        Queues = Fact<IReadOnlyDictionary<string, QueueFacts?>>.Unknown("x"),
        Refusals = Fact<IReadOnlyList<string>>.Unknown("x"),
        Alarm = Fact<string?>.Unknown("x"),
    };
}
