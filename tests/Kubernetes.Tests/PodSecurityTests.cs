using k8s.Models;
using Xunit;

namespace Kubernetes.Tests;

public sealed class PodSecurityTests
{
    private const long AppUser = 1654;

    private static IEnumerable<V1PodSpec> Examples =>
        Manifests.Of(Manifests.Example).Deployments.Select(deployment => deployment.Spec.Template.Spec);

    public static TheoryData<string, Action<V1PodSpec>> Violations => new()
    {
        { "hostNetwork, hostPID, hostIPC", pod => pod.HostPID = true },
        { "volumes: host", pod => pod.Volumes = [new V1Volume { Name = "host", HostPath = new V1HostPathVolumeSource { Path = "/" } }] },
        { "x: privileged", pod => pod.Containers[0].SecurityContext.Privileged = true },
        { "x: allowPrivilegeEscalation", pod => pod.Containers[0].SecurityContext.AllowPrivilegeEscalation = null },
        { "x: runAsNonRoot", pod => pod.SecurityContext.RunAsNonRoot = null },
        { "x: runAsUser", pod => pod.SecurityContext.RunAsUser = 0 },
        { "x: seccompProfile", pod => pod.SecurityContext.SeccompProfile = null },
        { "x: capabilities.drop", pod => pod.Containers[0].SecurityContext.Capabilities.Drop = ["CHOWN"] },
        { "x: capabilities.add", pod => pod.Containers[0].SecurityContext.Capabilities.Add = ["SYS_ADMIN"] },
        { "x: hostPort", pod => pod.Containers[0].Ports = [new V1ContainerPort { ContainerPort = 1, HostPort = 1 }] },
        { "x: procMount", pod => pod.Containers[0].SecurityContext.ProcMount = "Unmasked" },
    };

    [Fact]
    public void The_restricted_standard_accepts_all_pods() =>
        Assert.All(Examples, pod => Assert.Empty(RestrictedStandard.ViolationsOf(pod)));

    [Theory]
    [MemberData(nameof(Violations), DisableDiscoveryEnumeration = true)]
    public void The_restricted_standard_names_what_it_forbids(string violation, Action<V1PodSpec> violate)
    {
        var pod = Restricted();
        Assert.Empty(RestrictedStandard.ViolationsOf(pod));

        violate(pod);

        Assert.Equal([violation], RestrictedStandard.ViolationsOf(pod));
    }

    [Fact]
    public void Containers_run_as_the_images_user_and_write_no_file() => Assert.All(Examples, pod =>
    {
        Assert.Equal((AppUser, AppUser), (pod.SecurityContext.RunAsUser, pod.SecurityContext.RunAsGroup));
        Assert.All(pod.Containers, container => Assert.True(container.SecurityContext.ReadOnlyRootFilesystem));
        Assert.Null(pod.Volumes);
    });

    [Fact]
    public void Pods_have_no_token_of_the_cluster()
    {
        var example = Manifests.Of(Manifests.Example);

        Assert.All(example.Of<V1ServiceAccount>(), account => Assert.False(account.AutomountServiceAccountToken));
        Assert.All(example.Deployments, deployment =>
        {
            var pod = deployment.Spec.Template.Spec;
            Assert.False(pod.AutomountServiceAccountToken);
            Assert.False(pod.EnableServiceLinks);
            Assert.Contains(
                example.Of<V1ServiceAccount>(deployment.Namespace()), account => account.Name() == pod.ServiceAccountName);
        });
    }

    private static V1PodSpec Restricted() => new()
    {
        SecurityContext = new V1PodSecurityContext
        {
            RunAsNonRoot = true,
            SeccompProfile = new V1SeccompProfile { Type = "RuntimeDefault" },
        },
        Containers =
        [
            new V1Container
            {
                Name = "x",
                SecurityContext = new V1SecurityContext
                {
                    AllowPrivilegeEscalation = false,
                    Capabilities = new V1Capabilities { Drop = ["ALL"] },
                },
            },
        ],
    };
}
