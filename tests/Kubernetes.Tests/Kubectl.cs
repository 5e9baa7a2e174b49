using System.Diagnostics;
using LastMile.Events.Fabric;
using Xunit;

namespace Kubernetes.Tests;

/// <summary>The command kubectl, which renders manifests without a cluster.</summary>
internal static class Kubectl
{
    private static readonly string Repository = RunFolder.RepositoryFolder();

    /// <summary>Skips the running test on a machine without kubectl.</summary>
    public static void SkipUnlessInstalled() => Assert.SkipUnless(
        Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(folder => File.Exists(Path.Combine(folder, "kubectl"))),
        "kubectl is not installed. These tests need version 1.30 or later.");

    /// <summary>Renders a kustomization; returns its documents.</summary>
    /// <param name="folder">The kustomization's folder, relative to the repository.</param>
    public static string Render(string folder)
    {
        var (code, output, error) = Shell($"kubectl kustomize {folder}");
        return code == 0 ? output : throw new InvalidOperationException($"{folder} can't be rendered: {error}");
    }

    /// <summary>Runs a shell command in the repository's folder.</summary>
    public static (int Code, string Output, string Error) Shell(string command)
    {
        SkipUnlessInstalled();
        using var shell = Process.Start(new ProcessStartInfo("bash", ["-c", command])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Repository,
        })!;
        var error = shell.StandardError.ReadToEndAsync();
        var output = shell.StandardOutput.ReadToEnd();
        shell.WaitForExit();
        return (shell.ExitCode, output, error.GetAwaiter().GetResult());
    }
}
