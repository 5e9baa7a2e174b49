using System.Xml.Linq;
using k8s;
using k8s.Models;
using LastMile.Events.Fabric;
using Xunit;
using YamlDotNet.Core;

namespace Kubernetes.Tests;

public sealed class ManifestTests
{
    private const string Root = "deploy/kubernetes";
    private static readonly string Repository = RunFolder.RepositoryFolder();

    // The folders with a kustomization, apart from components, which can't be rendered alone.
    public static TheoryData<string> Kustomizations =>
    [
        .. Directory.EnumerateFiles(Path.Combine(Repository, Root), "kustomization.yaml", SearchOption.AllDirectories)
            .Where(file => !File.ReadAllText(file).Contains("kind: Component", StringComparison.Ordinal))
            .Select(file => Path.GetRelativePath(Repository, Path.GetDirectoryName(file)!)),
    ];

    [Theory]
    [MemberData(nameof(Kustomizations))]
    public void Kubernetes_knows_every_field_of_a_kustomization(string folder) => Assert.NotEmpty(Manifests.Of(folder).Objects);

    [Theory]
    [InlineData("replicas: 2", "replica: 2")]
    [InlineData("startupProbe:", "startUpProbe:")]
    [InlineData("httpGet:", "httpGett:")]
    public void A_misspelled_field_is_an_error(string field, string misspelled)
    {
        var yaml = Kubectl.Render(Manifests.Example);

        Assert.Contains(field, yaml, StringComparison.Ordinal);
        Assert.ThrowsAny<YamlException>(() => Manifests.Parse(yaml.Replace(field, misspelled, StringComparison.Ordinal)));
    }

    [Fact]
    public void The_example_contains_the_center_and_both_regions_and_nothing_else() => Assert.Equal(
        Parts().SelectMany(part => Manifests.Of(part).Names).Order(StringComparer.Ordinal),
        Manifests.Of(Manifests.Example).Names.Order(StringComparer.Ordinal));

    [Fact]
    public void Every_part_has_its_own_namespace_with_the_restricted_standard()
    {
        var namespaces = Parts().Select(part => Assert.Single(Manifests.Of(part).Of<V1Namespace>())).ToList();

        Assert.Distinct(namespaces.Select(item => item.Name()));
        Assert.All(namespaces, item => Assert.Equal("restricted", item.Labels()["pod-security.kubernetes.io/enforce"]));
        Assert.All(
            Parts().SelectMany(part => Manifests.Of(part).Objects.Where(item => item is not V1Namespace)
                .Select(item => (Expected: Manifests.Of(part).Of<V1Namespace>().Single().Name(), Actual: item.Namespace()))),
            pair => Assert.Equal(pair.Expected, pair.Actual));
    }

    [Fact]
    public void Images_have_the_names_of_the_compose_file_and_the_version_of_this_repository()
    {
        var compose = File.ReadAllText(Path.Combine(Repository, "docker-compose.yml"));
        var version = XDocument.Load(Path.Combine(Repository, "Directory.Build.props")).Descendants("Version").Single().Value;
        var images = Manifests.Of(Manifests.Example).Deployments.Select(Pods.ContainerOf).Select(container => container.Image)
            .Distinct().ToList();

        Assert.Equal(2, images.Count);
        Assert.All(images, image =>
        {
            var (name, tag) = (image[..image.LastIndexOf(':')], image[(image.LastIndexOf(':') + 1)..]);
            Assert.StartsWith("registry.example.com/lastmile/", name, StringComparison.Ordinal);
            Assert.Contains($"image: {name["registry.example.com/".Length..]}", compose, StringComparison.Ordinal);
            Assert.Equal(version, tag);
        });
        Assert.Contains(Guide.Lines, line => line == $"docker push registry.example.com/lastmile/$image:{version}");
    }

    [Fact]
    public void Every_selector_matches_the_pods_of_its_own_namespace()
    {
        var example = Manifests.Of(Manifests.Example);

        Assert.All(example.Of<V1Service>(), item => Assert.Single(Selected(item, item.Spec.Selector)));
        Assert.All(example.Of<V1PodDisruptionBudget>(), item => Assert.Single(Selected(item, item.Spec.Selector.MatchLabels)));
        Assert.All(example.Of<V1NetworkPolicy>(), item => Assert.Single(Selected(item, item.Spec.PodSelector.MatchLabels)));
        Assert.All(example.Deployments, item => Assert.Equal([item], Selected(item, item.Spec.Selector.MatchLabels)));
        Assert.All(
            example.Deployments.SelectMany(item => item.Spec.Template.Spec.TopologySpreadConstraints.Select(spread => (item, spread))),
            pair => Assert.Equal([pair.item], Selected(pair.item, pair.spread.LabelSelector.MatchLabels)));

        IEnumerable<V1Deployment> Selected(IKubernetesObject<V1ObjectMeta> from, IDictionary<string, string>? labels) =>
            example.Of<V1Deployment>(from.Namespace()).Where(deployment =>
                (labels ?? new Dictionary<string, string>()).All(deployment.Spec.Template.Metadata.Labels.Contains));
    }

    private static IEnumerable<string> Parts() => new[] { "center", "ams", "syd" }.Select(part => $"{Manifests.Example}/{part}");
}
