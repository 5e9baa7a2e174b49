using System.Data.Common;
using k8s.Models;
using Xunit;

namespace Kubernetes.Tests;

public sealed class NetworkTests
{
    private static Manifests Example => Manifests.Of(Manifests.Example);

    [Fact]
    public void Every_namespace_denies_what_no_policy_allows() => Assert.All(Example.Of<V1Namespace>(), item =>
    {
        var denial = Example.Of<V1NetworkPolicy>(item.Name()).Single(policy => policy.Name() == "default-deny").Spec;

        Assert.True(denial.PodSelector.MatchLabels is null or { Count: 0 } && denial.PodSelector.MatchExpressions is null);
        Assert.Equal(["Ingress", "Egress"], denial.PolicyTypes);
        Assert.True(denial is { Ingress: null, Egress: null });
    });

    [Fact]
    public void Pods_reach_the_ports_of_their_servers_and_DNS_and_nothing_else() => Assert.All(Example.Deployments, deployment =>
    {
        var allowed = Example.Of<V1NetworkPolicy>(deployment.Namespace()).SelectMany(policy => policy.Spec.Egress ?? [])
            .SelectMany(rule => rule.Ports.Select(port => $"{port.Protocol} {port.Port}"));

        Assert.Equal(
            [.. ServerPorts(deployment).Select(port => $"TCP {port}").Order(StringComparer.Ordinal), "TCP 53", "UDP 53"],
            allowed.OrderBy(port => port.EndsWith(" 53", StringComparison.Ordinal)).ThenBy(port => port, StringComparer.Ordinal));
    });

    [Fact]
    public void Only_labelled_pods_reach_the_API_and_no_pod_reaches_an_agent()
    {
        var rules = Example.Of<V1NetworkPolicy>()
            .SelectMany(policy => (policy.Spec.Ingress ?? []).Select(rule => (policy, rule))).ToList();

        var (policy, rule) = Assert.Single(rules);
        Assert.Equal("lastmile-invalidator", policy.Name());
        Assert.Equal("true", Assert.Single(rule.FromProperty).PodSelector.MatchLabels["lastmile-api-client"]);
        var port = Assert.Single(rule.Ports);
        var invalidator = Example.Deployments.Single(deployment => deployment.Namespace() == policy.Namespace());
        Assert.Equal($"TCP {Pods.ContainerOf(invalidator).Ports.Single().ContainerPort}", $"{port.Protocol} {port.Port}");
    }

    [Fact]
    public void The_Service_and_the_probes_use_the_port_that_the_container_listens_on() => Assert.All(Example.Deployments, deployment =>
    {
        var container = Pods.ContainerOf(deployment);
        var port = Assert.Single(container.Ports);

        Assert.Equal($"http://+:{port.ContainerPort}", Pods.EnvironmentOf(Example, deployment, key => key)["URLS"]);
        Assert.All(
            new[] { container.StartupProbe, container.LivenessProbe, container.ReadinessProbe },
            probe => Assert.Equal(port.Name, probe.HttpGet.Port));
        Assert.All(
            Example.Of<V1Service>(deployment.Namespace()),
            service => Assert.Equal(port.Name, Assert.Single(service.Spec.Ports).TargetPort));
    });

    // Reads the ports from the settings, as the services' clients do.
    private static IEnumerable<int> ServerPorts(V1Deployment deployment)
    {
        var settings = Pods.EnvironmentOf(Example, deployment, key => "password");
        if (settings.TryGetValue("Postgres__ConnectionString", out var postgres))
        {
            var parts = new DbConnectionStringBuilder { ConnectionString = postgres };
            yield return parts.TryGetValue("Port", out var port) ? int.Parse((string)port) : 5432;
        }

        yield return PortOf(settings["Redis__ConnectionString"].Split(',')[0]);
        yield return new Uri(settings["RabbitMq__Uri"]).Port;
    }

    private static int PortOf(string address) => int.Parse(address.Split(':')[1]);
}
