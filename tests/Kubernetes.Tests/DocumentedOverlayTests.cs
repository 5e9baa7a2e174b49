using System.Text.RegularExpressions;
using k8s.Models;
using LastMile.Events.Fabric;
using LastMile.Events.Testing.Pages;
using Xunit;
using YamlDotNet.Serialization;

namespace Kubernetes.Tests;

/// <summary>Applies the kustomizations in docs/operations/kubernetes.md to a copy of the manifests.</summary>
public sealed class DocumentedOverlayTests : IDisposable
{
    private const string Source = "deploy/kubernetes";
    private const string Overlay = "overlays/two-regions";

    private static readonly IReadOnlyList<DocumentedBlock> Blocks = BlockUse.BlocksFor<DocumentedOverlayTests>();

    private readonly RunFolder folder = RunFolder.Create();

    public DocumentedOverlayTests()
    {
        var source = Path.Combine(RunFolder.RepositoryFolder(), Source);
        foreach (var file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(folder.Path, Path.GetRelativePath(source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    [Fact]
    public void An_overlay_sets_a_setting_exports_telemetry_and_opens_a_port()
    {
        Add("center", Block("Invalidator__LogRetention"));

        var changed = Render("center");

        var settings = Pods.EnvironmentOf(changed, changed.Deployments.Single(), key => key);
        Assert.Equal("2d", settings["Invalidator__LogRetention"]);
        Assert.Equal("http://otel-collector.observability:4317", settings["OTEL_EXPORTER_OTLP_ENDPOINT"]);
        Assert.Equal(
            ["4317", "26379"],
            changed.Of<V1NetworkPolicy>().SelectMany(policy => policy.Spec.Egress ?? []).SelectMany(rule => rule.Ports)
                .Select(port => $"{port.Port}").Except(["53", "5432", "6379", "5671"], StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("center")]
    [InlineData("ams")]
    public void An_overlay_trusts_a_private_CA(string part)
    {
        File.WriteAllText(Path.Combine(folder.Path, Overlay, part, "ca.pem"), "-----BEGIN CERTIFICATE-----");
        Add(part, Block("private-ca"));

        var changed = Render(part);

        var deployment = changed.Deployments.Single();
        var settings = Pods.EnvironmentOf(changed, deployment, key => key);
        var mount = Assert.Single(Pods.ContainerOf(deployment).VolumeMounts);
        var volume = Assert.Single(deployment.Spec.Template.Spec.Volumes, volume => volume.Name == mount.Name);
        var file = Assert.Single(changed.Of<V1ConfigMap>(), map => map.Name() == volume.ConfigMap.Name).Data.Keys.Single();
        Assert.Equal($"{mount.MountPath}/{file}", settings["Redis__CaCertificate"]);
        Assert.Equal($"{mount.MountPath}/{file}", settings["RabbitMq__CaCertificate"]);
        Assert.Equal($";Root Certificate={mount.MountPath}/{file}", Guide.Inline(";Root Certificate"));
        Assert.Empty(RestrictedStandard.ViolationsOf(deployment.Spec.Template.Spec));
    }

    [Fact]
    public void An_overlay_logs_in_to_a_registry_and_runs_one_agent()
    {
        Add("ams", $"patches: [{Guide.Inline("{ target:")}]");
        Add("ams", Guide.Inline("replicas:"));

        var changed = Render("ams");

        Assert.Equal("registry", Assert.Single(changed.Of<V1ServiceAccount>()).ImagePullSecrets.Single().Name);
        Assert.Equal(1, changed.Deployments.Single().Spec.Replicas);
    }

    [Fact]
    public void A_new_region_equals_the_others_but_for_its_name()
    {
        Directory.CreateDirectory(Path.Combine(folder.Path, Overlay, "gru"));
        File.WriteAllText(Path.Combine(folder.Path, Overlay, "gru", "kustomization.yaml"), Block("region=gru"));

        var added = Kubectl.Render(Path.Combine(folder.Path, Overlay, "gru"));

        var expected = Kubectl.Render($"{Manifests.Example}/ams").Replace("ams", "gru", StringComparison.Ordinal);
        Assert.Equal(WithoutHash(expected), WithoutHash(added));
    }

    [Fact]
    public void Each_block_is_applied() =>
        Assert.Equal([Block("Invalidator__LogRetention"), Block("private-ca"), Block("region=gru")], Blocks.Select(block => block.Text));

    public void Dispose() => folder.Dispose();

    private static string Block(string text) => Blocks.Single(block => block.Text.Contains(text, StringComparison.Ordinal)).Text;

    private Manifests Render(string part) => Manifests.Of(Path.Combine(folder.Path, Overlay, part));

    // Adds the entries of a block to the lists of a kustomization.
    private void Add(string part, string block)
    {
        var file = Path.Combine(folder.Path, Overlay, part, "kustomization.yaml");
        var (old, added) = (Read(File.ReadAllText(file)), Read(block));
        foreach (var (name, entries) in added)
            old[name] = old.TryGetValue(name, out var existing) ? ((List<object>)existing).Concat((List<object>)entries).ToList() : entries;
        File.WriteAllText(file, new Serializer().Serialize(old));
    }

    private static Dictionary<string, object> Read(string yaml) => new Deserializer().Deserialize<Dictionary<string, object>>(yaml);

    private static string WithoutHash(string yaml) =>
        Regex.Replace(yaml, "lastmile-servers-[a-z0-9]+", "lastmile-servers", RegexOptions.NonBacktracking);
}
