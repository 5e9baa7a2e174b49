using System.Collections.Concurrent;
using k8s;
using k8s.Models;

namespace Kubernetes.Tests;

/// <summary>The objects of a kustomization, as Kubernetes' own types.</summary>
internal sealed class Manifests
{
    /// <summary>The example overlay, which contains every object of the base.</summary>
    public const string Example = "deploy/kubernetes/overlays/two-regions";

    private static readonly ConcurrentDictionary<string, Manifests> Rendered = new(StringComparer.Ordinal);

    private Manifests(string yaml) => Objects =
        [.. KubernetesYaml.LoadAllFromString(yaml, strict: true).Cast<IKubernetesObject<V1ObjectMeta>>()];

    /// <summary>All objects, in kubectl's order.</summary>
    public IReadOnlyList<IKubernetesObject<V1ObjectMeta>> Objects { get; }

    /// <summary>The objects' kinds, namespaces and names.</summary>
    public IEnumerable<string> Names => Objects.Select(item => $"{item.Kind} {item.Namespace()}/{item.Name()}");

    /// <summary>The services' Deployments.</summary>
    public IEnumerable<V1Deployment> Deployments => Of<V1Deployment>();

    /// <summary>Renders a kustomization once, and reads its documents. A field that Kubernetes does not know is an error.</summary>
    /// <param name="folder">The kustomization's folder, relative to the repository.</param>
    public static Manifests Of(string folder) => Rendered.GetOrAdd(folder, _ => Parse(Kubectl.Render(folder)));

    /// <summary>Reads YAML documents. A field that Kubernetes does not know is an error.</summary>
    public static Manifests Parse(string yaml) => new(yaml);

    /// <summary>Returns the objects of a type.</summary>
    public IEnumerable<T> Of<T>() => Objects.OfType<T>();

    /// <summary>Returns the objects of a type in a namespace.</summary>
    public IEnumerable<T> Of<T>(string? inNamespace)
        where T : IKubernetesObject<V1ObjectMeta> => Of<T>().Where(item => item.Namespace() == inNamespace);
}
