using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using LastMile.Events.Fabric;
using Xunit;

namespace Fabric.Tests;

public sealed partial class ComposeFileTests
{
    private static readonly string Repository = RunFolder.RepositoryFolder();
    private static readonly ComposeFile File = ComposeFile.Read(Path.Combine(Repository, "docker-compose.yml"));

    public static TheoryData<string> Services => [.. File.Services.Keys];

    [Theory]
    [MemberData(nameof(Services))]
    public void A_service_cannot_write_to_its_root_file_system_or_use_a_capability(string name)
    {
        var service = File.Services[name];

        Assert.True(service.ReadOnly);
        Assert.Equal(["ALL"], service.CapDrop);
        Assert.Empty(service.CapAdd);
        Assert.Equal(["no-new-privileges:true"], service.SecurityOpt);
    }

    [Theory]
    [MemberData(nameof(Services))]
    public void A_service_does_not_run_as_root(string name)
    {
        var service = File.Services[name];

        // Images from deploy/Dockerfile set a user. Images of servers start as root unless docker-compose.yml sets one.
        Assert.True(
            service.Image.StartsWith("lastmile/", StringComparison.Ordinal)
                ? service.User is null
                : service.User is not (null or "root" or "0"),
            $"{name} runs as '{service.User}'.");
    }

    [Theory]
    [MemberData(nameof(Services))]
    public void A_service_starts_only_with_its_profiles(string name)
    {
        var service = File.Services[name];

        Assert.Equal(
            name switch
            {
                "prometheus" or "grafana" => ["observability"],
                "ready" => ["app"],
                _ when service.Restart is not "no" && DataFolder(service.Image) is not null => ["infrastructure", "app"],
                _ => ["app"],
            },
            service.Profiles);
        // A dependency that its profile does not start is an error.
        Assert.All(service.DependsOn.Keys, dependency => Assert.Subset(
            File.Services[dependency].Profiles.ToHashSet(StringComparer.Ordinal), service.Profiles.ToHashSet(StringComparer.Ordinal)));
    }

    [Theory]
    [MemberData(nameof(Services))]
    public void A_service_publishes_its_ports_on_loopback_only(string name) =>
        Assert.All(File.Services[name].Ports, port => Assert.StartsWith("127.0.0.1:", port, StringComparison.Ordinal));

    [Theory]
    [MemberData(nameof(Services))]
    public void A_volume_that_an_image_declares_is_named_or_in_memory(string name)
    {
        var service = File.Services[name];

        if (DataFolder(service.Image) is { } folder)
            Assert.Contains(folder, service.MountedFolders);
        Assert.All(Named(service), volume => Assert.Contains(volume, File.Volumes.Keys));
    }

    [Theory]
    [InlineData("redis-ams")]
    [InlineData("redis-syd")]
    public void A_regional_Redis_persists_nothing(string name)
    {
        var service = File.Services[name];

        Assert.Contains(service.Command[service.Command.IndexOf("--dir") + 1], service.Tmpfs);
        Assert.Empty(Named(service));
    }

    [Theory]
    [MemberData(nameof(Services))]
    public void A_long_running_service_has_enough_time_to_stop(string name)
    {
        var service = File.Services[name];
        if (service.Restart is "no" || service.StopSignal is "SIGKILL")
            return;

        Assert.NotNull(service.StopGracePeriod);
        var seconds = int.Parse(service.StopGracePeriod.TrimEnd('s'), CultureInfo.InvariantCulture);
        Assert.True(seconds >= (DataFolder(service.Image) is null ? 10 : 30), $"{name} has only {seconds} s to stop.");
    }

    [Theory]
    [MemberData(nameof(Services))]
    public void A_service_logs_in_as_a_user_from_deploy(string name)
    {
        foreach (var (setting, value) in File.Services[name].Environment)
        {
            if (setting.StartsWith("ConnectionStrings__", StringComparison.Ordinal) || setting is "Postgres__ConnectionString")
            {
                var role = UserIn(value, PostgresUser());
                Assert.Contains($"create role {role} login", Deployed("postgres-roles.sql"), StringComparison.Ordinal);
            }

            if (setting is "RabbitMq__Uri")
                Assert.Contains(UserIn(value, RabbitMqUser()).Replace("-syd", "-ams", StringComparison.Ordinal), BrokerUsers());
            if (setting is "Redis__ConnectionString")
                Assert.Contains($"user {UserIn(value, RedisUser())} on #", Deployed(AclFile(value)), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Only_the_migration_the_grants_and_the_server_know_the_owners_password() => Assert.Equal(
        ["postgres", "storefront-grants", "storefront-migration"],
        File.Services.Where(service => Knows(service.Value, "LASTMILE_MIGRATOR_PASSWORD"))
            .Select(service => service.Key)
            .Order(StringComparer.Ordinal));

    [Fact]
    public void Only_the_server_knows_the_superusers_password() => Assert.Equal(
        ["postgres"],
        File.Services.Where(service => Knows(service.Value, "LASTMILE_POSTGRES_PASSWORD")).Select(service => service.Key));

    [Theory]
    [MemberData(nameof(Services))]
    public void Every_file_that_a_service_mounts_exists(string name) => Assert.All(
        File.Services[name].Volumes.Where(volume => volume.StartsWith('.')),
        volume => Assert.True(System.IO.File.Exists(Path.Combine(Repository, volume.Split(':')[0])), volume));

    private static bool Knows(ComposeService service, string variable) =>
        service.Environment.Values.Any(value => value.Contains(variable, StringComparison.Ordinal));

    private static string? DataFolder(string image) => image.Split(':', '-') switch
    {
        // Since PostgreSQL 18, the image declares the parent folder.
        ["postgres", var major, ..] => int.Parse(major, CultureInfo.InvariantCulture) >= 18
            ? "/var/lib/postgresql"
            : "/var/lib/postgresql/data",
        ["rabbitmq", ..] => "/var/lib/rabbitmq",
        ["redis", ..] => "/data",
        _ => null,
    };

    private static IEnumerable<string> Named(ComposeService service) =>
        service.Volumes.Select(volume => volume.Split(':')[0]).Where(source => !source.StartsWith('.'));

    private static string UserIn(string connection, Regex user) => user.Match(connection).Groups["user"].Value;

    private static string AclFile(string connection) =>
        connection.StartsWith("redis-primary", StringComparison.Ordinal) ? "redis-primary.acl" : "redis-region.acl";

    private static string Deployed(string file) => System.IO.File.ReadAllText(Path.Combine(Repository, "deploy", file));

    private static IEnumerable<string?> BrokerUsers() =>
        JsonDocument.Parse(Deployed("rabbitmq-definitions.json")).RootElement.GetProperty("users").EnumerateArray()
            .Select(user => user.GetProperty("name").GetString());

    [GeneratedRegex("Username=(?<user>[^;]+);", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex PostgresUser();

    [GeneratedRegex("^amqp://(?<user>[^:]+):", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex RabbitMqUser();

    [GeneratedRegex(",user=(?<user>[^,]+),", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex RedisUser();
}
