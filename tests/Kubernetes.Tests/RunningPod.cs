using System.Net;
using System.Net.Http.Headers;
using k8s.Models;
using LastMile.Events.Fabric;
using LastMile.Events.Testing;

namespace Kubernetes.Tests;

/// <summary>A service of this build with the environment of a pod, at a free port. It finds none of its servers.</summary>
internal sealed class RunningPod : IAsyncDisposable
{
    /// <summary>The value of every key of the pod's Secret.</summary>
    public const string Secret = "0123456789abcdef0123456789abcdef";

    private readonly RunFolder folder = RunFolder.Create();
    private readonly HttpClient http = new();
    private ChildProcess process = null!;

    private RunningPod() => http.BaseAddress = new Uri($"http://127.0.0.1:{FreePort.Next()}");

    /// <summary>What it logged.</summary>
    public string Log => string.Join('\n', process.LastLogLines(1000));

    /// <summary>Starts the program of a Deployment; returns when the pod's startup probe succeeds.</summary>
    public static async Task<RunningPod> StartAsync(Manifests manifests, V1Deployment deployment)
    {
        var pod = new RunningPod();
        try
        {
            var probe = Pods.ContainerOf(deployment).StartupProbe;
            pod.process = await ChildProcess.StartAsync(pod.Command(manifests, deployment));
            await Eventually.Async(
                async () => pod.process.Exited.IsCompleted || await pod.GetAsync(probe.HttpGet.Path) is { Status: HttpStatusCode.OK },
                TimeSpan.FromSeconds(probe.PeriodSeconds!.Value * probe.FailureThreshold!.Value));
            return pod.process.Exited.IsCompleted ? throw new InvalidOperationException($"It ended:\n{pod.Log}") : pod;
        }
        catch
        {
            await pod.DisposeAsync();
            throw;
        }
    }

    /// <summary>Requests a path; the status is null while nothing listens.</summary>
    public async Task<(HttpStatusCode? Status, string Body)> GetAsync(string path, string? apiKey = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(path, UriKind.Relative));
        if (apiKey is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", apiKey);
        try
        {
            using var response = await http.SendAsync(request);
            return (response.StatusCode, await response.Content.ReadAsStringAsync());
        }
        catch (HttpRequestException notListening)
        {
            return (null, notListening.Message);
        }
    }

    /// <summary>Sends SIGTERM, and kills it after five seconds; returns the exit code.</summary>
    public Task<int> StopAsync() => process.StopAsync();

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        if (process is not null)
            await process.DisposeAsync();
        folder.Dispose();
    }

    private ChildCommand Command(Manifests manifests, V1Deployment deployment)
    {
        var program = ProgramOf(deployment);
        var environment = Pods.EnvironmentOf(manifests, deployment, _ => Secret)
            // This name never resolves.
            .ToDictionary(
                setting => setting.Key, setting => (string?)setting.Value.Replace(".example.com", ".invalid", StringComparison.Ordinal));
        environment["URLS"] = http.BaseAddress!.ToString();
        return new ChildCommand(deployment.Name(), "dotnet", [program], Path.Combine(folder.Path, "log")) { Environment = environment };
    }

    // artifacts/bin/<project>/<debug or release>/, next to this program's output.
    private static string ProgramOf(V1Deployment deployment)
    {
        var project = "LastMile.Events." + (deployment.Name() == "lastmile-invalidator" ? "Invalidator" : "RegionAgent");
        var own = new DirectoryInfo(AppContext.BaseDirectory);
        return Path.Combine(own.Parent!.Parent!.FullName, project, own.Name, project + ".dll");
    }
}
