using LastMile.Events.Fabric;
using LastMile.Events.Tool.Doctor.Facts;
using LastMile.Events.Tool.Installation;
using Xunit;

namespace Tool.Tests.Doctor;

/// <summary>Misconfigurations of the Redis primary.</summary>
internal static class PrimaryMisconfigurations
{
    public static Dictionary<string, Misconfiguration> All { get; } = new(StringComparer.Ordinal)
    {
        ["a wrong password of the Invalidator on the primary"] = new(
            "primary: redis.reachable: error", "ACL SETUSER lastmile-invalidator resetpass")
        {
            Settings = system => With(system, system.Primary.Endpoint + ",user=lastmile-invalidator,password=wrong"),
        },
        ["no login to a primary that requires one"] = new(
            "primary: redis.reachable: error", "Add user=…,password=… to Redis:ConnectionString")
        {
            BreakAsync = system => RedisOperator.ExecuteAsync(system.Primary, "ACL SETUSER default off"),
            MendAsync = (system, _) => RedisOperator.ExecuteAsync(system.Primary, "ACL SETUSER default on nopass"),
            Settings = system => With(system, system.Primary.Endpoint),
        },
        ["a port on which no Redis listens"] = new("primary: redis.reachable: error", "Check that the server runs")
        {
            Settings = system => With(system, "127.0.0.1:1"),
        },
        ["a command that the Invalidator may not run"] = new(
            "primary: redis.rights: error", "ACL SETUSER lastmile-invalidator ~* &lm:*:watermark* &lm:*:purged* +flushdb")
        {
            BreakAsync = system => RedisOperator.ExecuteAsync(system.Primary, "ACL SETUSER lastmile-invalidator -flushdb"),
            MendAsync = (system, command) => RedisOperator.ExecuteAsync(system.Primary, command),
        },
        ["keys that the Invalidator may not purge"] = new(
            "primary: redis.rights: error", "ACL SETUSER lastmile-invalidator ~* &lm:*:watermark* &lm:*:purged* +unlink")
        {
            BreakAsync = system => RedisOperator.ExecuteAsync(system.Primary, "ACL SETUSER lastmile-invalidator resetkeys ~lm:*"),
            MendAsync = (system, command) => RedisOperator.ExecuteAsync(system.Primary, command),
        },
        ["no right to run scripts"] = new("primary: redis.rights: error", "+eval")
        {
            BreakAsync = system => RedisOperator.ExecuteAsync(system.Primary, "ACL SETUSER lastmile-invalidator -eval"),
            MendAsync = (system, _) => RedisOperator.ExecuteAsync(system.Primary, "ACL SETUSER lastmile-invalidator +eval"),
            MayFollow = ["invalidator: service.ready"],
        },
        ["a primary that is a standby"] = new("primary: primary.role: error", "REPLICAOF NO ONE")
        {
            Settings = system => With(system, system.System.Servers.Pair!.Standby.EndpointAs(RedisUser.Invalidator)),
        },
        ["a primary that evicts any key"] = Config(
            "primary: primary.eviction: error", "maxmemory-policy noeviction", "maxmemory-policy allkeys-lru"),
        ["a primary that evicts keys with a TTL"] = Config(
            "primary: primary.eviction: warning", "maxmemory-policy noeviction", "maxmemory-policy volatile-ttl"),
        ["a primary without maxmemory"] = Config("primary: primary.memory: warning", "maxmemory 512mb", "maxmemory 0"),
        ["a primary that is nearly full"] = new("primary: primary.memory: error", "CONFIG SET maxmemory ")
        {
            BreakAsync = async system =>
                await RedisOperator.ExecuteAsync(system.Primary, $"CONFIG SET maxmemory {await UsedAsync(system) * 105 / 100}"),
            MendAsync = (system, _) => RedisOperator.ExecuteAsync(system.Primary, "CONFIG SET maxmemory 512mb"),
            MayFollow = ["invalidator: service.ready"],
        },
        ["a small replication backlog"] = Config("primary: primary.backlog: warning", "repl-backlog-size 64mb", "repl-backlog-size 1mb"),
        ["a primary that saves nothing"] = Config("primary: primary.persistence: warning", "save '300 1'", "save ''"),
        ["a primary that can't save"] = new("primary: primary.persistence: error", "BGSAVE")
        {
            BreakAsync = async system =>
            {
                // A folder with the snapshot's name makes the snapshot fail.
                Directory.CreateDirectory(await SnapshotAsync(system));
                await RedisOperator.ExecuteAsync(system.Primary, "BGSAVE");
            },
            MendAsync = async (system, command) =>
            {
                Directory.Delete(await SnapshotAsync(system));
                await RedisOperator.ExecuteAsync(system.Primary, command);
            },
            MayFollow = ["invalidator: service.ready"],
        },
        ["a primary that is open to other machines"] = new("primary: redis.open: warning", "ACL SETUSER default off")
        {
            // A second address that this machine does not have, so nothing is exposed.
            BreakAsync = system => RedisOperator.ExecuteAsync(system.Primary, "CONFIG SET bind '127.0.0.1 -192.0.2.1'"),
            MendAsync = async (system, command) =>
            {
                await RedisOperator.ExecuteAsync(system.Primary, command);
                Assert.Empty(await DoctorSystem.DiagnoseAsync(system.Settings));
                await RedisOperator.ExecuteAsync(system.Primary, "CONFIG SET bind 127.0.0.1");
                await RedisOperator.ExecuteAsync(system.Primary, "ACL SETUSER default on nopass");
            },
        },
    };

    private static Misconfiguration Config(string finding, string remedy, string directive, string? mend = null) =>
        new(finding, "CONFIG SET " + remedy)
        {
            BreakAsync = system => RedisOperator.ExecuteAsync(system.Primary, "CONFIG SET " + directive),
            MendAsync = (system, printed) =>
                RedisOperator.ExecuteAsync(system.Primary, mend is null ? printed : "CONFIG SET " + mend),
            MayFollow = ["invalidator: service.ready"],
        };

    private static async Task<string> SnapshotAsync(DoctorSystem system)
    {
        var folder = (await RedisOperator.ExecuteAsync(system.Primary, "CONFIG GET dir")).Split("\r\n")
            .Single(line => line.StartsWith('/'));
        return Path.Combine(folder, "dump.rdb");
    }

    private static async Task<long> UsedAsync(DoctorSystem system)
    {
        var memory = RedisInfo.Parse(await RedisOperator.ExecuteAsync(system.Primary, "INFO memory"), TimeSpan.Zero);
        return memory.Number("used_memory") - memory.Number("mem_not_counted_for_evict");
    }

    private static InstallationSettings With(DoctorSystem system, string connectionString) =>
        system.Settings with { Redis = system.Settings.Redis! with { ConnectionString = connectionString } };
}
