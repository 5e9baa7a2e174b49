using LastMile.Events.Fabric;
using LastMile.Events.Testing;
using LastMile.Events.Tool.Installation;
using Xunit;

namespace Tool.Tests.Doctor;

/// <summary>A complete system with a read-only region.</summary>
public sealed class ReadOnlyDoctorSystem : DoctorSystem
{
    protected override FabricOptions Options { get; } = new() { Regions = ["ams"], ReadOnly = true };
}

/// <summary>Misconfigures a system with a read-only region.</summary>
[RunsFirst]
public sealed class ReadOnlyDoctorTests(ReadOnlyDoctorSystem system, ITestOutputHelper output) : IClassFixture<ReadOnlyDoctorSystem>
{
    private static readonly Dictionary<string, Misconfiguration> All = new(StringComparer.Ordinal)
    {
        ["a replica that accepts writes"] = OfRegion(
            "region.writable: warning", "replica-read-only yes", "replica-read-only no", "agent ams: service.ready"),
        ["a replica that evicts"] = OfRegion(
            "region.ignore-maxmemory: warning", "replica-ignore-maxmemory yes", "replica-ignore-maxmemory no"),
        ["a primary that evicts nothing"] = OfPrimary("warning", "noeviction"),
        ["a primary that evicts any key"] = OfPrimary("error", "allkeys-lru", "invalidator: service.ready"),
        ["an agent that may not write to the primary"] = new("primary for agent ams: redis.rights: error", "+set")
        {
            BreakAsync = system => RedisOperator.ExecuteAsync(system.Primary, "ACL SETUSER lastmile-agent -set"),
            MendAsync = (system, _) => RedisOperator.ExecuteAsync(system.Primary, "ACL SETUSER lastmile-agent +set"),
            MayFollow = ["redis ams: region.sound", "agent ams: service.ready"],
        },
        ["an application that may not fill the primary"] = new("primary for application ams: redis.rights: error", "+set")
        {
            BreakAsync = system => RedisOperator.ExecuteAsync(system.Primary, "ACL SETUSER application -set"),
            MendAsync = (system, _) => RedisOperator.ExecuteAsync(system.Primary, "ACL SETUSER application +set"),
        },
        ["a region without a login to the primary"] = new("file: file.topology: error", "PrimaryRedis:ConnectionString")
        {
            Settings = system => With(system, "ams", ams => ams with { PrimaryRedis = null }),
        },
    };

    public static TheoryData<string> Names => [.. All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public Task Doctor_reports_a_misconfiguration_and_its_remedy_fixes_it(string name) => system.CheckAsync(All[name], output);

    private static Misconfiguration OfRegion(string finding, string remedy, string directive, params string[] mayFollow) =>
        new("redis ams: " + finding, "CONFIG SET " + remedy)
        {
            BreakAsync = system => RedisOperator.ExecuteAsync(system.Ams.Redis, "CONFIG SET " + directive),
            MendAsync = (system, printed) => RedisOperator.ExecuteAsync(system.Ams.Redis, printed),
            MayFollow = mayFollow,
        };

    private static Misconfiguration OfPrimary(string severity, string policy, params string[] mayFollow) =>
        new("primary: primary.eviction: " + severity, "CONFIG SET maxmemory-policy volatile-lru")
        {
            BreakAsync = system => RedisOperator.ExecuteAsync(system.Primary, "CONFIG SET maxmemory-policy " + policy),
            MendAsync = (system, printed) => RedisOperator.ExecuteAsync(system.Primary, printed),
            MayFollow = mayFollow,
        };

    private static InstallationSettings With(
        DoctorSystem system,
        string region,
        Func<RegionSettings, RegionSettings> change) =>
        system.Settings with
        {
            Regions = system.Settings.Regions.ToDictionary(
                one => one.Key, one => one.Key == region ? change(one.Value) : one.Value, StringComparer.Ordinal),
        };
}
