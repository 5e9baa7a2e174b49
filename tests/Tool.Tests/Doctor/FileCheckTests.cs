using LastMile.Events.Tool.Doctor;
using LastMile.Events.Tool.Installation;
using Xunit;

namespace Tool.Tests.Doctor;

/// <summary>Checks of the installation file, which need no server.</summary>
public sealed class FileCheckTests
{
    private static readonly InstallationSettings Sound = new()
    {
        Postgres = new("Host=db;Database=shop;Username=lastmile_invalidator;Password=p;SSL Mode=VerifyFull"),
        Redis = new("primary:6379,ssl=true"),
        RabbitMq = new("amqps://lastmile-invalidator:p@broker/shop"),
        Regions = new Dictionary<string, RegionSettings>(StringComparer.Ordinal)
        {
            ["ams"] = new(new("ams:6379,ssl=true"), RabbitMq: new("amqps://lastmile-agent-ams:p@broker/shop")),
            ["syd"] = new(new("syd:6379,ssl=true"), RabbitMq: new("amqps://lastmile-agent-syd:p@broker/shop")),
        },
    };

    private static readonly Dictionary<string, (InstallationSettings Settings, string Finding)> Cases = new(StringComparer.Ordinal)
    {
        ["a placeholder for a password"] = (
            Sound with { Postgres = new("Host=db;Username=x;Password=…") }, "file.placeholder: Postgres:ConnectionString still contains"),
        ["a placeholder for a host"] = (
            Sound with { Redis = new("<primary>:6379") }, "file.placeholder: Redis:ConnectionString still contains"),
        ["a host that init left open"] = (
            Sound with { RabbitMq = new($"amqps://lastmile-invalidator:p@{Placeholder.For("RABBITMQ")}/shop") },
            "file.placeholder: RabbitMq:Uri still contains"),
        ["a connection string of another product"] = (
            Sound with { Postgres = new("Server=db;Trust=yes") }, "file.address: Postgres:ConnectionString is not Host=…"),
        ["a broker's address without a scheme"] = (
            Sound with { RabbitMq = new("broker:5672") }, "file.address: RabbitMq:Uri is not amqp://"),
        ["a CA that this machine does not have"] = (
            Region("ams", Sound.Regions["ams"] with { Redis = new("ams:6379,ssl=true", CaCertificate: "/nowhere/ca.pem") }),
            "file.ca-certificate: Regions:ams:Redis:CaCertificate can't be used on this machine: "),
        ["a name with a dot"] = (
            Region("eu.west", Sound.Regions["ams"]), "file.region-name: The region's name 'eu.west' is invalid."),
        ["an unknown topology"] = (
            Region("ams", Sound.Regions["ams"] with { Topology = "Mirrored" }), "file.topology: The topology 'Mirrored' of region ams"),
        ["no region"] = (
            Sound with { Regions = new Dictionary<string, RegionSettings>(StringComparer.Ordinal) },
            "file.regions: The file names no region."),
        ["a replicated region without a primary"] = (
            Region("ams", Sound.Regions["ams"] with { Topology = "Independent" }) with { Redis = null },
            "file.primary: Region syd is Replicated, and the file names no Redis primary."),
        ["two regions with one Redis"] = (
            Region("ams", Sound.Regions["ams"] with { Redis = new("SYD:6379,ssl=true") }),
            "file.same-redis: syd:6379 is the Redis of region syd and of region ams"),
        ["a region on the primary"] = (
            Region("ams", Sound.Regions["ams"] with { Redis = new("primary:6379,ssl=true,name=x") }),
            "file.same-redis: primary:6379 is the Redis of the primary and of region ams"),
        ["another prefix in a region"] = (
            Region("ams", Sound.Regions["ams"] with { Redis = new("ams:6379,ssl=true", KeyPrefix: "x:") }),
            "file.key-prefix: Region ams has the key prefix 'x:' and the primary 'lm:'"),
        ["another virtual host in a region"] = (
            Region("ams", Sound.Regions["ams"] with { RabbitMq = new("amqps://lastmile-agent-ams:p@broker/other") }),
            "file.bus: The agent of ams uses virtual host 'other'"),
        ["one RabbitMQ user for all"] = (
            Region("ams", Sound.Regions["ams"] with { RabbitMq = Sound.RabbitMq }),
            "file.same-user: The RabbitMQ user 'lastmile-invalidator' is shared by the Invalidator and the agent of ams"),
        ["PostgreSQL without TLS"] = (
            Sound with { Postgres = new("Host=db;Username=x;Password=p") },
            "file.tls: Postgres:ConnectionString connects to another machine"),
        ["Redis without TLS"] = (Sound with { Redis = new("primary:6379") },
            "file.tls: Redis:ConnectionString connects to another machine"),
        ["RabbitMQ without TLS"] = (
            Sound with { RabbitMq = new("amqp://lastmile-invalidator:p@broker:5671/shop") },
            "file.tls: RabbitMq:Uri connects to another machine"),
        ["an API without TLS"] = (
            Sound with { Invalidator = new(new("http://invalidator:8080")) }, "file.tls: Invalidator:Address connects to another machine"),
    };

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_faulty_file_is_found_without_a_server(string name)
    {
        var (settings, expected) = Cases[name];

        var finding = Assert.Single(Find(settings));

        Assert.StartsWith(expected, finding, StringComparison.Ordinal);
    }

    [Fact]
    public void A_sound_file_has_no_findings() => Assert.Empty(Find(Sound));

    [Fact]
    public void Independent_regions_need_no_primary() => Assert.Empty(Find(Sound with
    {
        Redis = null,
        Regions = new Dictionary<string, RegionSettings>(StringComparer.Ordinal)
        {
            ["ams"] = Sound.Regions["ams"] with { Topology = "Independent" },
            ["syd"] = Sound.Regions["syd"] with { Topology = "Independent" },
        },
    }));

    [Fact]
    public void Servers_on_this_machine_need_no_TLS() => Assert.Empty(Find(Sound with
    {
        Postgres = new("Host=127.0.0.1;Username=x"),
        Redis = new("localhost:6379"),
        RabbitMq = new("amqp://lastmile-invalidator:p@[::1]/shop"),
        Regions = new Dictionary<string, RegionSettings>(StringComparer.Ordinal) { ["ams"] = new(new("127.0.0.1:6380")) },
    }));

    private static IEnumerable<string> Find(InstallationSettings settings) => Diagnosis.JudgeFile(settings).Results
        .SelectMany(result => result.Findings.Select(finding => $"{result.Check}: {finding.Problem}"));

    private static InstallationSettings Region(string name, RegionSettings region) => Sound with
    {
        Regions = new Dictionary<string, RegionSettings>(StringComparer.Ordinal) { ["syd"] = Sound.Regions["syd"], [name] = region },
    };
}
