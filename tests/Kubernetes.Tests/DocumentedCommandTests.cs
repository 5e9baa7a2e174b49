using System.Text.RegularExpressions;
using k8s;
using k8s.Models;
using LastMile.Events.Fabric;
using LastMile.Events.Testing.Pages;
using Xunit;

namespace Kubernetes.Tests;

/// <summary>
/// Runs the commands in docs/operations/kubernetes.md as written. Commands that need a cluster fail to connect, which kubectl
/// attempts only after it has accepted the command.
/// </summary>
public sealed partial class DocumentedCommandTests
{
    private const string NoCluster = "kubectl() { command kubectl --server=http://127.0.0.1:1 \"$@\"; }\n";
    private const string NoChange = "kubectl() { echo ---; command kubectl \"$@\" --dry-run=client --output=yaml; }\n";

    private static Manifests Example => Manifests.Of(Manifests.Example);

    // Those in blocks and in running text; a loop is one command.
    private static IEnumerable<string> Commands =>
    [
        .. Blocks("sh").SelectMany(block => block.Text.Split('\n')).Where(line => line.Length > 0),
        .. Guide.Code.Where(text => text.StartsWith("kubectl ", StringComparison.Ordinal)),
    ];

    public static TheoryData<string> NeedingACluster =>
        [.. Commands.Where(command => !command.Contains(" create ", StringComparison.Ordinal)
            && !command.StartsWith("kubectl kustomize", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(NeedingACluster))]
    public void A_command_is_complete_and_names_objects_of_the_example(string command)
    {
        var (code, _, error) = Kubectl.Shell(NoCluster + command);

        Assert.NotEqual(0, code);
        Assert.Contains("refused", error, StringComparison.Ordinal);
        var inNamespace = Option(command, Namespace());
        if (inNamespace is not null)
            Assert.Contains(Example.Of<V1Namespace>(), item => item.Name() == inNamespace);
        if (Option(command, Deployment()) is { } name)
            Assert.Contains(Example.Of<V1Deployment>(inNamespace), item => item.Name() == name);
        if (Option(command, Selector()) is { } label)
        {
            Assert.Contains(Example.Deployments, item => item.Spec.Template.Metadata.Labels.Any(
                own => $"{own.Key}={own.Value}" == label && (inNamespace is null || item.Namespace() == inNamespace)));
        }
    }

    [Fact]
    public void The_example_can_be_rendered_without_a_cluster()
    {
        var command = Assert.Single(Commands, command => command.StartsWith("kubectl kustomize", StringComparison.Ordinal));

        var (code, output, error) = Kubectl.Shell(command);

        Assert.True(code == 0, error);
        Assert.Equal(Example.Names, Manifests.Parse(output).Names);
    }

    [Fact]
    public void The_namespaces_are_those_of_the_example()
    {
        var command = Assert.Single(Commands, command => command.Contains(" create namespace ", StringComparison.Ordinal));

        var (code, output, error) = Kubectl.Shell(NoChange + command);

        Assert.True(code == 0, error);
        Assert.Equal(
            Example.Of<V1Namespace>().Select(item => item.Name()).Order(StringComparer.Ordinal),
            KubernetesYaml.LoadAllFromString(output).OfType<V1Namespace>().Select(item => item.Name()).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_Secrets_have_the_keys_that_the_pods_read()
    {
        using var folder = RunFolder.Create();
        var commands = Commands.Where(command => command.Contains(" create secret ", StringComparison.Ordinal)).ToList();
        WriteSecrets(folder.Path);

        var (code, output, error) = Kubectl.Shell($"{NoChange}cd {folder.Path}\n{string.Join('\n', commands)}");

        Assert.True(code == 0, error);
        var secrets = KubernetesYaml.LoadAllFromString(output).OfType<V1Secret>().ToList();
        Assert.Equal(
            Example.Deployments.SelectMany(item => Pods.SecretKeysOf(item).Select(key => $"{item.Namespace()} {key.Name} {key.Key}"))
                .Order(StringComparer.Ordinal),
            secrets.SelectMany(item => item.Data.Keys.Select(key => $"{item.Namespace()} {item.Name()} {key}"))
                .Order(StringComparer.Ordinal));
    }

    // The documented files, and for each further region a copy of the first one's.
    private static void WriteSecrets(string folder)
    {
        foreach (var block in Blocks("properties"))
        {
            var lines = block.Text.Split('\n');
            var content = string.Join('\n', lines[1..].Select(line => line.Replace("…", "secret", StringComparison.Ordinal)));
            var name = lines[0].TrimStart('#', ' ');
            foreach (var copy in new[] { name, name.Replace("-ams", "-syd", StringComparison.Ordinal) })
                File.WriteAllText(Path.Combine(folder, copy), content);
        }
    }

    private static IEnumerable<DocumentedBlock> Blocks(string language) =>
        BlockUse.BlocksFor<DocumentedCommandTests>().Where(block => block.Language == language);

    private static string? Option(string command, Regex option) =>
        option.Match(command) is { Success: true } match ? match.Groups["value"].Value : null;

    [GeneratedRegex("--namespace (?<value>[^ ]+)", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Namespace();

    [GeneratedRegex("deployment/(?<value>[^ ]+)", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Deployment();

    [GeneratedRegex("--selector (?<value>[^ ]+)", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Selector();
}
