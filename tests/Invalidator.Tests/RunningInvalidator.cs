using System.Net;
using System.Text;
using System.Text.Json;
using LastMile.Events.Fabric;
using LastMile.Events.Hosting;
using LastMile.Events.Invalidator;
using LastMile.Events.Testing;
using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

using LastMile.Events.Messages;
namespace Invalidator.Tests;

/// <summary>Runs the service in this process, on the servers of a world.</summary>
internal sealed class RunningInvalidator : IAsyncDisposable
{
    private readonly HttpClient http = new();

    private readonly IBusControl regions;

    private RunningInvalidator(WebApplication app, RecordedLog log, Uri amqp)
    {
        (App, Log) = (app, log);
        // The Invalidator has permission to respond only to queues with the name prefixes of agents and applications.
        regions = Bus.Factory.CreateUsingRabbitMq(rabbit =>
        {
            rabbit.Host(amqp);
            rabbit.OverrideDefaultBusEndpointQueueName($"lastmile.agent.ams.{Guid.NewGuid():N}");
            rabbit.ExpireWithProcess();
        });
    }

    public WebApplication App { get; }

    public RecordedLog Log { get; }

    /// <summary>Starts the service and waits until all its servers answer.</summary>
    public static Task<RunningInvalidator> StartReadyAsync(World world, params (string Key, string? Value)[] settings) =>
        StartReadyAsync(world, _ => { }, settings);

    /// <summary>Starts the service with some parts replaced, and waits until all its servers answer.</summary>
    public static async Task<RunningInvalidator> StartReadyAsync(
        World world, Action<IServiceCollection> replace, params (string Key, string? Value)[] settings)
    {
        var invalidator = await StartAsync(world, replace, settings);
        await invalidator.ReadyAsync();
        return invalidator;
    }

    /// <summary>Starts the service. The settings override those of the world.</summary>
    public static Task<RunningInvalidator> StartAsync(World world, params (string Key, string? Value)[] settings) =>
        StartAsync(world, _ => { }, settings);

    /// <summary>Starts the service with some parts replaced.</summary>
    public static async Task<RunningInvalidator> StartAsync(
        World world, Action<IServiceCollection> replace, params (string Key, string? Value)[] settings)
    {
        var (app, log) = Build(
            replace,
            [
                ("Postgres:ConnectionString", world.Database),
                ("Redis:ConnectionString", world.Primary.EndpointAs(RedisUser.Invalidator)),
                ("RabbitMq:Uri", world.InvalidatorAmqp.AbsoluteUri),
                .. settings,
            ]);
        await app.StartAsync();
        return new RunningInvalidator(app, log, world.Amqp);
    }

    /// <summary>Builds the service as Program does.</summary>
    public static (WebApplication App, RecordedLog Log) Build(params (string Key, string? Value)[] settings) => Build(_ => { }, settings);

    /// <summary>Waits until all servers of the service answer. From then on, the service logs its health.</summary>
    public async Task ReadyAsync()
    {
        // The whole response, so that a timeout shows which server was missing.
        await Eventually.Async(() => GetAsync("/health/ready"), response => response.Status == HttpStatusCode.OK);
        Log.LogsHealth = true;
    }

    /// <summary>Waits until <c>/health/ready</c> shows that a server does not answer.</summary>
    /// <param name="server">The server.</param>
    /// <param name="reason">A text that the shown reason must contain.</param>
    public Task MissesAsync(string server, string reason = "") => Eventually.Async(
        async () => (await GetAsync("/health/ready")).Body.GetProperty("checks").EnumerateArray()
            .Single(entry => entry.GetProperty("name").GetString() == server).GetProperty("description").GetString() ?? "",
        shown => shown.StartsWith(server + " does not answer: ", StringComparison.Ordinal)
            && shown.Contains(reason, StringComparison.Ordinal),
        sought: $"{server} does not answer: {reason}");

    /// <summary>Waits until the log shows that a server does not answer, and returns the line.</summary>
    public Task<string> LogsMissingAsync(string server)
    {
        Log.LogsHealth = true;
        return Log.HasAsync($"Error: {server} is unhealthy: {server} does not answer: ");
    }

    private static (WebApplication App, RecordedLog Log) Build(Action<IServiceCollection> replace, (string Key, string? Value)[] settings)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        var configuration = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["Urls"] = "http://127.0.0.1:0",
            ["Logging:LogLevel:Default"] = "Debug",
        };
        foreach (var (key, value) in settings)
            configuration[key] = value;
        builder.Configuration.AddInMemoryCollection(configuration);
        builder.AddInvalidator();
        replace(builder.Services);
        var log = new RecordedLog();
        // Logs health every second, because many tests wait for it. Does not log it during the start, because a wait for a later fault
        // would find a fault of the start.
        builder.Services.Configure<HealthLogOptions>(health => health.StartDeadline = TimeSpan.Zero);
        builder.Services.Configure<HealthCheckPublisherOptions>(publisher =>
            (publisher.Delay, publisher.Period, publisher.Predicate) = (TimeSpan.Zero, TimeSpan.FromSeconds(1), _ => log.LogsHealth));
        builder.Logging.ClearProviders().AddProvider(log);
        return (builder.Build().UseInvalidator(), log);
    }

    /// <summary>Waits until <c>/status</c> shows a state of the stream.</summary>
    public Task StreamIsAsync(string state) =>
        Eventually.Async(
            async () => (await GetAsync("/status")).Body.GetProperty("stream").GetString(),
            shown => shown == state,
            sought: $"the stream is {state}");

    /// <summary>Sends a request on the bus, as an agent does, and returns the response.</summary>
    public async Task<TAnswer> RequestAsync<TRequest, TAnswer>(TRequest request)
        where TRequest : class
        where TAnswer : class
    {
        await regions.StartAsync();
        var queue = request is PurgesRequested ? LineageQueues.Requests("main") : LineageQueues.Episodes("main");
        var client = regions.CreateRequestClient<TRequest>(LineageQueues.AddressOf(queue));
        return (await client.GetResponse<TAnswer>(request)).Message;
    }

    public async Task<(HttpStatusCode Status, JsonElement Body)> GetAsync(string path)
    {
        using var response = await http.GetAsync(new Uri(new Uri(App.Urls.Single()), path));
        return (response.StatusCode, JsonElement.Parse(await response.Content.ReadAsStringAsync()));
    }

    /// <summary>Sends a request with headers of the form <c>Name: value</c>.</summary>
    public async Task<Answer> SendAsync(HttpMethod method, string path, HttpContent? body = null, params string[] headers)
    {
        using var request = new HttpRequestMessage(method, new Uri(new Uri(App.Urls.Single()), path)) { Content = body };
        // Sends a large body as curl does: only after the server has accepted the headers.
        request.Headers.ExpectContinue = body?.Headers.ContentLength > 1_000_000;
        foreach (var header in headers)
            request.Headers.TryAddWithoutValidation(header.Split(": ")[0], header.Split(": ")[1]);
        using var response = await http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return new Answer(
            response.StatusCode,
            text.Length == 0 ? default : JsonElement.Parse(text),
            response.Headers.Location,
            response.Content.Headers.ContentType?.MediaType);
    }

    /// <summary>Requests a purge.</summary>
    public Task<Answer> PurgeAsync(string body, string query = "", params string[] headers) =>
        SendAsync(HttpMethod.Post, "/purges" + query, new StringContent(body, Encoding.UTF8, "application/json"), headers);

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        await regions.StopAsync();
        await App.StopAsync();
        await App.DisposeAsync();
    }
}

/// <summary>The response to an HTTP request.</summary>
internal sealed record Answer(HttpStatusCode Status, JsonElement Body, Uri? Location, string? MediaType)
{
    public string? Detail => Body.GetProperty("detail").GetString();

    public Guid Id => Body.GetProperty("id").GetGuid();

    public string Watermark => $"{Body.GetProperty("epoch")}-{Body.GetProperty("sequence")}";

    /// <summary>Returns a region's entry in a receipt or list.</summary>
    public JsonElement Of(string region) =>
        Body.GetProperty("regions").EnumerateArray().Single(entry => entry.GetProperty("name").GetString() == region);
}
