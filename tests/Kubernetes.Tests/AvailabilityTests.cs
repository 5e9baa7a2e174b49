using System.Text.RegularExpressions;
using k8s.Models;
using LastMile.Events.Fabric;
using Xunit;

namespace Kubernetes.Tests;

/// <summary>Tests which pods run during a rollout, a drain and an outage.</summary>
public sealed class AvailabilityTests
{
    // docs/operations/README.md: a service stops within five seconds of SIGTERM; allow ten.
    private const int SecondsToStop = 10;

    private static Manifests Example => Manifests.Of(Manifests.Example);

    [Fact]
    public void A_rollout_replaces_one_pod_at_a_time_and_only_by_a_ready_one() => Assert.All(Example.Deployments, deployment =>
    {
        var (strategy, pod) = (deployment.Spec.Strategy, Pods.ContainerOf(deployment));

        Assert.Equal("RollingUpdate", strategy.Type);
        Assert.Equal("1 0", $"{strategy.RollingUpdate.MaxSurge} {strategy.RollingUpdate.MaxUnavailable}");
        Assert.Equal("/health/ready", pod.ReadinessProbe.HttpGet.Path);
        Assert.InRange(deployment.Spec.MinReadySeconds!.Value, 1, 60);
    });

    [Fact]
    public void A_drain_leaves_one_pod_of_each_Deployment() => Assert.All(Example.Deployments, deployment =>
    {
        var budget = Assert.Single(Example.Of<V1PodDisruptionBudget>(deployment.Namespace()));

        Assert.Equal(deployment.Spec.Selector.MatchLabels, budget.Spec.Selector.MatchLabels);
        Assert.Null(budget.Spec.MinAvailable);
        Assert.Equal(1, deployment.Spec.Replicas - int.Parse($"{budget.Spec.MaxUnavailable}"));
    });

    [Fact]
    public void An_outage_of_a_server_blocks_no_drain_and_restarts_no_pod()
    {
        Assert.All(Example.Of<V1PodDisruptionBudget>(), budget => Assert.Equal("AlwaysAllow", budget.Spec.UnhealthyPodEvictionPolicy));
        Assert.All(Example.Deployments.Select(Pods.ContainerOf), container =>
        {
            Assert.Equal("/health/live", container.StartupProbe.HttpGet.Path);
            Assert.Equal("/health/live", container.LivenessProbe.HttpGet.Path);
        });
    }

    [Fact]
    public void The_pods_of_a_drained_node_start_on_other_nodes() => Assert.All(
        Example.Deployments.SelectMany(deployment => deployment.Spec.Template.Spec.TopologySpreadConstraints),
        spread =>
        {
            // Otherwise the drained node, which can take no pod, counts as the emptiest one.
            Assert.True(spread.WhenUnsatisfiable == "ScheduleAnyway" || spread.NodeTaintsPolicy == "Honor", spread.TopologyKey);
            // Otherwise the pods that a rollout is about to remove count too.
            Assert.Equal(["pod-template-hash"], spread.MatchLabelKeys);
        });

    [Fact]
    public void Pods_spread_over_nodes_and_zones() => Assert.All(Example.Deployments, deployment => Assert.Equal(
        ["kubernetes.io/hostname DoNotSchedule", "topology.kubernetes.io/zone ScheduleAnyway"],
        deployment.Spec.Template.Spec.TopologySpreadConstraints.Select(spread => $"{spread.TopologyKey} {spread.WhenUnsatisfiable}")));

    [Fact]
    public void A_pod_has_the_documented_time_to_stop_after_its_pause() => Assert.All(Example.Deployments, deployment =>
    {
        var pause = Pods.ContainerOf(deployment).Lifecycle?.PreStop.Sleep.Seconds ?? 0;

        Assert.Equal(pause + SecondsToStop, deployment.Spec.Template.Spec.TerminationGracePeriodSeconds);
    });

    [Fact]
    public void A_pod_serves_API_clients_for_a_while_before_it_ends() => Assert.All(
        Example.Deployments.Where(deployment => Example.Of<V1Service>(deployment.Namespace()).Any()),
        deployment => Assert.Equal(5, Pods.ContainerOf(deployment).Lifecycle?.PreStop.Sleep.Seconds));

    [Theory]
    [InlineData("lastmile-invalidator", @"Invalidator under 1,000,000 rows \| [^|]+ \| (?<megabytes>\d+) MB")]
    [InlineData("lastmile-agent", @"idle: memory of the Invalidator, of an agent \| [^|]+ \| \d+, (?<megabytes>\d+) MB")]
    public void Memory_is_limited_above_the_measured_use_and_CPU_is_not_limited(string name, string row)
    {
        var page = File.ReadAllText(Path.Combine(RunFolder.RepositoryFolder(), "docs", "performance.md"));
        var match = Regex.Match(page, row, RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking);
        var measured = 1_000_000 * long.Parse(match.Groups["megabytes"].Value);

        Assert.All(Example.Deployments.Where(deployment => deployment.Name() == name).Select(Pods.ContainerOf), container =>
        {
            Assert.InRange(container.Resources.Requests["memory"].ToInt64(), measured, 2 * measured);
            Assert.InRange(container.Resources.Limits["memory"].ToInt64(), 2 * measured, 4 * measured);
            Assert.Equal(["memory"], container.Resources.Limits.Keys);
            Assert.True(container.Resources.Requests.ContainsKey("cpu"));
        });
    }
}
