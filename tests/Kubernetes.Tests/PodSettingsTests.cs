using System.Net;
using System.Reflection;
using System.Text.Json;
using k8s.Models;
using LastMile.Events.Fabric;
using Xunit;

namespace Kubernetes.Tests;

public sealed class PodSettingsTests
{
    private const string Invalidator = "lastmile-invalidator";

    // Settings of .NET itself.
    private static readonly string[] Platform = ["URLS", "OTEL_EXPORTER_OTLP_ENDPOINT"];

    private static Manifests Example => Manifests.Of(Manifests.Example);

    // The sections of all options classes, which refuse a name that they don't know when the service starts.
    private static IEnumerable<string> Sections =>
        new[] { "LastMile.Events.Hosting", "LastMile.Events.Invalidator", "LastMile.Events.RegionAgent" }
            .SelectMany(name => Assembly.Load(name).GetTypes())
            .Select(type => type.GetField("Section", BindingFlags.Public | BindingFlags.Static)?.GetRawConstantValue())
            .OfType<string>();

    [Theory]
    [InlineData("lastmile", Invalidator, "postgres redis-primary rabbitmq")]
    [InlineData("lastmile-ams", "lastmile-agent", "redis rabbitmq")]
    public async Task A_pod_without_its_servers_is_alive_and_not_ready_and_names_them(string inNamespace, string name, string servers)
    {
        var deployment = Example.Of<V1Deployment>(inNamespace).Single(item => item.Name() == name);
        var container = Pods.ContainerOf(deployment);
        await using var pod = await RunningPod.StartAsync(Example, deployment);

        Assert.Equal(HttpStatusCode.OK, (await pod.GetAsync(container.LivenessProbe.HttpGet.Path)).Status);
        var (status, body) = await pod.GetAsync(container.ReadinessProbe.HttpGet.Path);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        using var health = JsonDocument.Parse(body);
        var unhealthy = health.RootElement.GetProperty("checks").EnumerateArray()
            .Where(check => check.GetProperty("status").GetString() == "Unhealthy").Select(check => check.GetProperty("name").GetString()!);
        Assert.Equal(servers.Split(' ').Order(StringComparer.Ordinal), unhealthy.Order(StringComparer.Ordinal));
        Assert.Equal(0, await pod.StopAsync());
    }

    [Fact]
    public async Task The_API_accepts_the_key_of_the_Secret_and_no_request_without_it()
    {
        await using var pod = await RunningPod.StartAsync(Example, Example.Deployments.Single(item => item.Name() == Invalidator));

        Assert.Equal(HttpStatusCode.Unauthorized, (await pod.GetAsync("/regions")).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await pod.GetAsync("/regions", new string('x', RunningPod.Secret.Length))).Status);
        // It gets as far as PostgreSQL, which does not answer.
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await pod.GetAsync($"/purges/{Guid.Empty}", RunningPod.Secret)).Status);
    }

    [Fact]
    public void Every_variable_is_a_setting_or_part_of_one() => Assert.All(Example.Deployments, deployment =>
    {
        var references = Pods.ReferencesIn(deployment).ToList();

        Assert.All(Pods.EnvironmentOf(Example, deployment, key => key).Keys, name => Assert.True(
            name.Split("__") is [var section, _, ..] ? Sections.Contains(section) : Platform.Contains(name) || references.Contains(name),
            $"{deployment.Name()} sets {name}, which is no setting."));
    });

    [Fact]
    public void Every_agent_reports_the_region_of_its_namespace() => Assert.All(
        Example.Deployments.Where(deployment => deployment.Name() == "lastmile-agent"),
        deployment => Assert.Equal(
            deployment.Namespace(), $"lastmile-{Pods.EnvironmentOf(Example, deployment, key => key)["Region__Name"]}"));

    [Fact]
    public void Pods_log_in_as_the_users_from_deploy() => Assert.All(Example.Deployments, deployment =>
    {
        var settings = Pods.EnvironmentOf(Example, deployment, key => key);
        var isInvalidator = deployment.Name() == Invalidator;
        var redis = Value(settings["Redis__ConnectionString"].Split(','), "user=");
        var rabbit = new Uri(settings["RabbitMq__Uri"]).UserInfo.Split(':')[0];

        Assert.Contains($"user {redis} on #", Deployed(isInvalidator ? "redis-primary.acl" : "redis-region.acl"), StringComparison.Ordinal);
        Assert.Contains(
            $"\"name\": \"{rabbit.Replace("-syd", "-ams", StringComparison.Ordinal)}\"",
            Deployed("rabbitmq-definitions.json"),
            StringComparison.Ordinal);
        if (isInvalidator)
        {
            var role = Value(settings["Postgres__ConnectionString"].Split(';'), "Username=");
            Assert.Contains($"create role {role} login", Deployed("postgres-roles.sql"), StringComparison.Ordinal);
        }
    });

    [Fact]
    public void No_manifest_contains_a_secret()
    {
        Assert.Empty(Example.Of<V1Secret>());
        // A variable with a secret in its value takes it from a Secret's key.
        Assert.All(Example.Deployments, deployment => Assert.All(
            Pods.ContainerOf(deployment).Env.Where(variable => variable.Name.EndsWith("PASSWORD", StringComparison.Ordinal)
                || variable.Name.EndsWith("Key", StringComparison.Ordinal)),
            variable => Assert.NotNull(variable.ValueFrom?.SecretKeyRef)));
        Assert.All(Example.Of<V1ConfigMap>(), map => Assert.DoesNotContain(
            map.Data.Values, value => value.Contains("password", StringComparison.OrdinalIgnoreCase)));
        Assert.All(Example.Deployments, deployment => Assert.All(
            Pods.EnvironmentOf(Example, deployment, _ => "SECRET")
                .Where(setting => setting.Key.EndsWith("ConnectionString", StringComparison.Ordinal)),
            setting => Assert.EndsWith("SECRET", setting.Value, StringComparison.Ordinal)));
    }

    private static string Value(IEnumerable<string> options, string name) =>
        options.Single(option => option.StartsWith(name, StringComparison.Ordinal))[name.Length..];

    private static string Deployed(string file) => File.ReadAllText(Path.Combine(RunFolder.RepositoryFolder(), "deploy", file));
}
