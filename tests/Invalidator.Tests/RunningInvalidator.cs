using System.Net;
using System.Text.Json;
using LastMile.Events.Invalidator;
using LastMile.Events.Testing;
using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Invalidator.Tests;

/// <summary>The service itself, in this process, on the servers of a world.</summary>
internal sealed class RunningInvalidator : IAsyncDisposable
{
    private readonly HttpClient http = new();

    private RunningInvalidator(WebApplication app, RecordedLog log) => (App, Log) = (app, log);

    public WebApplication App { get; }

    public RecordedLog Log { get; }

    /// <summary>Starts it and waits until all its servers answer.</summary>
    public static async Task<RunningInvalidator> StartReadyAsync(World world, params (string Key, string? Value)[] settings)
    {
        var invalidator = await StartAsync(world, settings);
        await invalidator.ReadyAsync();
        return invalidator;
    }

    /// <summary>Starts it; settings win over those that lead to the world.</summary>
    public static async Task<RunningInvalidator> StartAsync(World world, params (string Key, string? Value)[] settings)
    {
        var (app, log) = Build(
            [
                ("Postgres:ConnectionString", world.Database),
                ("Redis:ConnectionString", world.Primary.Endpoint),
                ("RabbitMq:Uri", world.Amqp.AbsoluteUri),
                .. settings,
            ]);
        await app.StartAsync();
        return new RunningInvalidator(app, log);
    }

    /// <summary>Builds it as Program does.</summary>
    public static (WebApplication App, RecordedLog Log) Build(params (string Key, string? Value)[] settings)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        var configuration = new Dictionary<string, string?>(StringComparer.Ordinal) { ["Urls"] = "http://127.0.0.1:0", ["Logging:LogLevel:Default"] = "Debug" };
        foreach (var (key, value) in settings)
            configuration[key] = value;
        builder.Configuration.AddInMemoryCollection(configuration);
        builder.AddInvalidator();
        var log = new RecordedLog();
        builder.Logging.ClearProviders().AddProvider(log);
        return (builder.Build().UseInvalidator(), log);
    }

    public Task ReadyAsync() => Eventually.Async(async () => (await GetAsync("/health/ready")).Status, status => status == HttpStatusCode.OK);

    /// <summary>Waits until <c>/status</c> says of the stream what is sought.</summary>
    public Task StreamIsAsync(string state) =>
        Eventually.Async(async () => (await GetAsync("/status")).Body.GetProperty("stream").GetString(), shown => shown == state, sought: $"the stream is {state}");

    /// <summary>Asks on the bus, as an agent does.</summary>
    public async Task<TAnswer> AskAsync<TRequest, TAnswer>(TRequest request)
        where TRequest : class
        where TAnswer : class
    {
        var client = App.Services.GetRequiredService<IBus>().CreateRequestClient<TRequest>();
        return (await client.GetResponse<TAnswer>(request)).Message;
    }

    public async Task<(HttpStatusCode Status, JsonElement Body)> GetAsync(string path)
    {
        using var response = await http.GetAsync(new Uri(new Uri(App.Urls.Single()), path));
        return (response.StatusCode, JsonElement.Parse(await response.Content.ReadAsStringAsync()));
    }

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        await App.StopAsync();
        await App.DisposeAsync();
    }
}
