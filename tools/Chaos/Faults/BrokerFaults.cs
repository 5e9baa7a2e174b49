using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace LastMile.Events.Chaos.Faults;

/// <summary>Faults of RabbitMQ.</summary>
internal static class BrokerFaults
{
    private static readonly HttpClient Http = new();

    public static async Task<Func<Task>> KillAsync(Scene scene, string target)
    {
        var process = scene.Servers.RabbitMq.Process;
        await process.KillAsync();
        return () => process.StartAsync();
    }

    public static async Task<Func<Task>> RestartAsync(Scene scene, string target)
    {
        var process = scene.Servers.RabbitMq.Process;
        await process.StopAsync();
        return () => process.StartAsync();
    }

    /// <summary>Triggers RabbitMQ's memory alarm, which blocks every connection that publishes.</summary>
    public static async Task<Func<Task>> BlockAsync(Scene scene, string target)
    {
        await scene.Servers.RabbitMq.Control(["set_vm_memory_high_watermark", "absolute", "1"]);
        return () => scene.Servers.RabbitMq.Control(["set_vm_memory_high_watermark", "0.4"]);
    }

    /// <summary>Deletes a region's queue and its messages, as an administrator could.</summary>
    public static async Task<Func<Task>> DeleteQueueAsync(Scene scene, string target)
    {
        // Another fault may have stopped the broker.
        await Scene.RetryWhileDownAsync<HttpRequestException>(() => DeleteQueueAsync(scene.Servers.RabbitMq.ManagementUri, target));
        return () => Task.CompletedTask;
    }

    private static async Task DeleteQueueAsync(Uri management, string target)
    {
        using var request = new HttpRequestMessage(HttpMethod.Delete, new Uri(management, $"api/queues/%2F/lastmile.region.{target}"));
        request.Headers.Authorization = new AuthenticationHeaderValue(
            "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(management.UserInfo)));
        using var answer = await Http.SendAsync(request);
        // The queue may not exist yet if the broker has just restarted.
        if (answer.StatusCode != HttpStatusCode.NotFound)
            answer.EnsureSuccessStatusCode();
    }
}
