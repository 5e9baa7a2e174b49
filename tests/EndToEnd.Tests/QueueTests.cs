using System.Text;
using System.Text.Json;
using Xunit;

namespace LastMile.Events.EndToEnd.Tests;

/// <summary>The queues that the running services declare.</summary>
[Collection<SystemTests>]
public sealed class QueueTests(RunningSystem system)
{
    [Fact]
    public async Task Every_queue_is_durable_or_exclusive_as_RabbitMQ_4_3_requires()
    {
        var queues = await QueuesAsync();

        Assert.Contains(queues, queue => Name(queue).StartsWith("lastmile.invalidator.", StringComparison.Ordinal));
        Assert.Contains(queues, queue => Name(queue).StartsWith("storefront.", StringComparison.Ordinal));
        Assert.Empty(
            queues.Where(queue => !queue.GetProperty("durable").GetBoolean() && !queue.GetProperty("exclusive").GetBoolean()).Select(Name));
    }

    [Fact]
    public async Task The_queues_of_a_single_process_expire()
    {
        var queues = await QueuesAsync();

        var lasting = queues.Where(queue => !queue.GetProperty("arguments").TryGetProperty("x-expires", out _)).Select(Name);
        Assert.DoesNotContain(
            lasting,
            name => name.StartsWith("lastmile.invalidator.", StringComparison.Ordinal)
                || name.StartsWith("storefront.", StringComparison.Ordinal));
    }

    private async Task<JsonElement[]> QueuesAsync()
    {
        var servers = system.System.Servers;
        var host = servers.RabbitMq.Uri.AbsolutePath.Trim('/');
        using var http = new HttpClient { BaseAddress = servers.RabbitMq.ManagementUri };
        http.DefaultRequestHeaders.Authorization = new(
            "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(servers.RabbitMq.ManagementUri.UserInfo)));
        var json = await http.GetStringAsync(new Uri($"api/queues/{(host.Length == 0 ? "%2F" : host)}", UriKind.Relative));
        return JsonSerializer.Deserialize<JsonElement[]>(json)!;
    }

    private static string Name(JsonElement queue) => queue.GetProperty("name").GetString()!;
}
