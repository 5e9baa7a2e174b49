using k8s.Models;

namespace Kubernetes.Tests;

/// <summary>
/// The Pod Security Standard "restricted": https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
/// </summary>
internal static class RestrictedStandard
{
    private static readonly string[] Volumes =
        ["ConfigMap", "Csi", "DownwardAPI", "EmptyDir", "Ephemeral", "PersistentVolumeClaim", "Projected", "Secret"];

    private static readonly string[] Seccomp = ["RuntimeDefault", "Localhost"];

    /// <summary>Returns the fields of a pod that the standard forbids.</summary>
    public static IEnumerable<string> ViolationsOf(V1PodSpec pod)
    {
        if (pod.HostNetwork is true || pod.HostPID is true || pod.HostIPC is true)
            yield return "hostNetwork, hostPID, hostIPC";
        foreach (var volume in (pod.Volumes ?? []).Where(volume => !Volumes.Any(kind => Source(volume, kind) is not null)))
            yield return $"volumes: {volume.Name}";
        foreach (var container in pod.Containers.Concat(pod.InitContainers ?? []))
        {
            foreach (var violation in ViolationsOf(container, pod.SecurityContext ?? new V1PodSecurityContext()))
                yield return $"{container.Name}: {violation}";
        }
    }

    private static IEnumerable<string> ViolationsOf(V1Container container, V1PodSecurityContext pod)
    {
        var own = container.SecurityContext ?? new V1SecurityContext();
        (string Field, bool IsRight)[] fields =
        [
            ("privileged", own.Privileged is not true),
            ("allowPrivilegeEscalation", own.AllowPrivilegeEscalation is false),
            ("runAsNonRoot", own.RunAsNonRoot ?? pod.RunAsNonRoot ?? false),
            ("runAsUser", (own.RunAsUser ?? pod.RunAsUser) is not 0),
            ("seccompProfile", Seccomp.Contains((own.SeccompProfile ?? pod.SeccompProfile)?.Type)),
            ("capabilities.drop", own.Capabilities?.Drop?.Contains("ALL") is true),
            ("capabilities.add", own.Capabilities?.Add is null or { Count: 0 } or ["NET_BIND_SERVICE"]),
            ("hostPort", (container.Ports ?? []).All(port => port.HostPort is null or 0)),
            ("procMount", own.ProcMount is null or "Default"),
        ];
        return fields.Where(field => !field.IsRight).Select(field => field.Field);
    }

    private static object? Source(V1Volume volume, string kind) => typeof(V1Volume).GetProperty(kind)!.GetValue(volume);
}
