using LastMile.Events.Fabric;
using LastMile.Events.Tool.Installation;

namespace Tool.Tests.Doctor;

/// <summary>Misconfigurations of regions.</summary>
internal static class RegionMisconfigurations
{
    private static readonly string[] Unhealthy =
    [
        "redis ams: region.sound", "redis ams: region.behind", "redis ams: region.link", "agent ams: agent.verdict",
        "agent ams: service.ready",
    ];

    public static Dictionary<string, Misconfiguration> All { get; } = new(StringComparer.Ordinal)
    {
        ["a wrong password of an agent"] = new("redis ams: redis.reachable: error", "ACL SETUSER lastmile-agent resetpass")
        {
            Settings = system => Ams(system, ams => ams with
            {
                Redis = ams.Redis with { ConnectionString = system.Ams.Redis.Endpoint + ",user=lastmile-agent,password=wrong" },
            }),
        },
        ["a command that the agent may not run"] = new(
            "redis ams: redis.rights: error", "ACL SETUSER lastmile-agent ~* &lm:*:watermark* &lm:*:purged* +dbsize")
        {
            BreakAsync = system => RedisOperator.ExecuteAsync(system.Ams.Redis, "ACL SETUSER lastmile-agent -dbsize"),
            MendAsync = (system, command) => RedisOperator.ExecuteAsync(system.Ams.Redis, command),
        },
        ["a wrong password of an application"] = new("application ams: redis.reachable: error", "ACL SETUSER application resetpass")
        {
            Settings = system => Ams(
                system, ams => ams with { ApplicationRedis = system.Ams.Redis.Endpoint + ",user=application,password=wrong" }),
        },
        ["an application that may not subscribe to purges"] = new(
            "application ams: redis.rights: error", "ACL SETUSER application &lm:*:purged* +subscribe")
        {
            BreakAsync = system => RedisOperator.ExecuteAsync(system.Ams.Redis, "ACL SETUSER application -subscribe"),
            MendAsync = (system, command) => RedisOperator.ExecuteAsync(system.Ams.Redis, command),
        },
        ["a read-only replica"] = Config("redis ams: region.writable: error", "replica-read-only no", "replica-read-only yes", Unhealthy),
        ["a replica that Sentinel may promote"] = Config(
            "redis ams: region.priority: warning", "replica-priority 0", "replica-priority 100"),
        ["a region that evicts any key"] = Config(
            "redis ams: region.eviction: error", "maxmemory-policy volatile-lru", "maxmemory-policy allkeys-lfu", Unhealthy),
        ["a region that evicts nothing"] = Config(
            "redis ams: region.eviction: warning", "maxmemory-policy volatile-lru", "maxmemory-policy noeviction"),
        ["a replica that ignores maxmemory"] = Config(
            "redis ams: region.ignore-maxmemory: error", "replica-ignore-maxmemory no", "replica-ignore-maxmemory yes"),
        ["a region without maxmemory"] = Config("redis ams: region.memory: warning", "maxmemory 512mb", "maxmemory 0"),
        ["cache entries without a TTL"] = new("redis ams: region.ttl: warning", "with a TTL")
        {
            BreakAsync = system => ForKeysAsync(system, key => $"SET {key} x"),
            MendAsync = (system, _) => ForKeysAsync(system, key => $"UNLINK {key}"),
        },
        ["a region whose replication was turned off"] = new("redis ams: region.role: error", "REPLICAOF ")
        {
            BreakAsync = system => RedisOperator.ExecuteAsync(system.Ams.Redis, "REPLICAOF NO ONE"),
            MendAsync = (system, _) => ReplicateAsync(system),
            MayFollow = Unhealthy,
        },
        ["a region that follows another primary"] = new("redis ams: region.primary: error", "REPLICAOF ")
        {
            BreakAsync = async system =>
            {
                // The independent region stands in for the other primary.
                await RedisOperator.ExecuteAsync(
                    system.Gru.Redis, $"ACL SETUSER replica on >{system.Primary.Users.Password(RedisUser.Replica)} +psync +replconf +ping");
                await RedisOperator.ExecuteAsync(system.Ams.Redis, $"REPLICAOF 127.0.0.1 {system.Gru.Redis.Port}");
                await system.Ams.Redis.WaitForSyncAsync();
            },
            MendAsync = async (system, _) =>
            {
                await ReplicateAsync(system);
                await RedisOperator.ExecuteAsync(system.Gru.Redis, "ACL DELUSER replica");
            },
            MayFollow = Unhealthy,
        },
        ["a link that is down"] = new("redis ams: region.link: error", "masteruser and masterauth")
        {
            BreakAsync = system =>
            {
                system.Ams.Link!.Cut();
                return Task.CompletedTask;
            },
            MendAsync = (system, _) =>
            {
                system.Ams.Link!.Mend();
                return Task.CompletedTask;
            },
            MayFollow = Unhealthy,
        },
        ["an independent region that replicates"] = new("redis gru: region.role: error", "REPLICAOF NO ONE")
        {
            BreakAsync = async system =>
            {
                await RedisOperator.ExecuteAsync(system.Gru.Redis, $"REPLICAOF 127.0.0.1 {system.Primary.Port}");
                await system.Gru.Redis.WaitForSyncAsync();
            },
            MendAsync = (system, command) => RedisOperator.ExecuteAsync(system.Gru.Redis, command),
            MayFollow = ["redis gru: region.sound", "redis gru: region.behind", "agent gru: agent.verdict", "agent gru: service.ready"],
        },
        ["the wrong topology in the file"] = new("redis gru: region.role: error", "set Region:Topology to Independent")
        {
            Settings = system => system.Settings with
            {
                Regions = new Dictionary<string, RegionSettings>(system.Settings.Regions, StringComparer.Ordinal)
                {
                    ["gru"] = system.Settings.Regions["gru"] with { Topology = "Replicated" },
                },
            },
            Also = ["agent gru: agent.region: error"],
        },
    };

    private static Misconfiguration Config(string finding, string remedy, string directive, params string[] mayFollow) =>
        new(finding, "CONFIG SET " + remedy)
        {
            BreakAsync = system => RedisOperator.ExecuteAsync(system.Ams.Redis, "CONFIG SET " + directive),
            MendAsync = (system, printed) => RedisOperator.ExecuteAsync(system.Ams.Redis, printed),
            MayFollow = mayFollow,
        };

    private static Task<string> ReplicateAsync(DoctorSystem system) =>
        RedisOperator.ExecuteAsync(system.Ams.Redis, $"REPLICAOF 127.0.0.1 {system.Ams.Link!.Port}");

    private static async Task ForKeysAsync(DoctorSystem system, Func<string, string> command)
    {
        for (var number = 0; number < 20; number++)
            await RedisOperator.ExecuteAsync(system.Ams.Redis, command($"product:without-ttl:{number}"));
    }

    private static InstallationSettings Ams(DoctorSystem system, Func<RegionSettings, RegionSettings> change) => system.Settings with
    {
        Regions = new Dictionary<string, RegionSettings>(system.Settings.Regions, StringComparer.Ordinal)
        {
            ["ams"] = change(system.Settings.Regions["ams"]),
        },
    };
}
