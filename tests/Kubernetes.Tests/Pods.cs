using System.Text.RegularExpressions;
using k8s.Models;

namespace Kubernetes.Tests;

/// <summary>Reads pods as the kubelet does.</summary>
internal static partial class Pods
{
    /// <summary>Returns the only container of a Deployment's pods.</summary>
    public static V1Container ContainerOf(V1Deployment deployment) => deployment.Spec.Template.Spec.Containers.Single();

    /// <summary>Returns the names of the keys that a Deployment's pods read from Secrets.</summary>
    public static IEnumerable<V1SecretKeySelector> SecretKeysOf(V1Deployment deployment) =>
        ContainerOf(deployment).Env.Select(variable => variable.ValueFrom?.SecretKeyRef).OfType<V1SecretKeySelector>();

    /// <summary>
    /// Returns the environment variables of a Deployment's container. References are expanded as the kubelet does it: by the variables of
    /// <c>env</c> that precede it, and not by those of <c>envFrom</c>.
    /// </summary>
    /// <param name="manifests">The objects with the ConfigMaps.</param>
    /// <param name="deployment">The Deployment.</param>
    /// <param name="secret">Returns the value of a key of the Secret.</param>
    /// <exception cref="KeyNotFoundException">A ConfigMap, a key or a variable does not exist.</exception>
    public static Dictionary<string, string> EnvironmentOf(Manifests manifests, V1Deployment deployment, Func<string, string> secret)
    {
        var all = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var source in ContainerOf(deployment).EnvFrom)
        {
            foreach (var (name, value) in DataOf(source.ConfigMapRef.Name))
                all[name] = value;
        }

        var expanding = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var variable in ContainerOf(deployment).Env)
            all[variable.Name] = expanding[variable.Name] = ValueOf(variable, expanding);
        return all;

        string ValueOf(V1EnvVar variable, Dictionary<string, string> earlier) => variable switch
        {
            { ValueFrom.ConfigMapKeyRef: { } key } => DataOf(key.Name)[key.Key],
            { ValueFrom.SecretKeyRef: { } key } => secret(key.Key),
            _ => Reference().Replace(variable.Value, match => earlier[match.Groups["name"].Value]),
        };

        IDictionary<string, string> DataOf(string name) =>
            manifests.Of<V1ConfigMap>(deployment.Namespace()).SingleOrDefault(map => map.Name() == name)?.Data
                ?? throw new KeyNotFoundException($"The ConfigMap {name} does not exist in {deployment.Namespace()}.");
    }

    /// <summary>Returns the names of the variables that other variables refer to.</summary>
    public static IEnumerable<string> ReferencesIn(V1Deployment deployment) => ContainerOf(deployment).Env
        .SelectMany(variable => Reference().Matches(variable.Value ?? "").Select(match => match.Groups["name"].Value));

    [GeneratedRegex(@"\$\((?<name>[^)]+)\)", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Reference();
}
