using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using LastMile.Events.RegionAgent;
using LastMile.Events.RegionAgent.Leadership;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace RegionAgent.Tests;

/// <summary>A complete agent in the test process.</summary>
internal sealed class RunningAgent : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly HttpClient http;

    private RunningAgent(WebApplication app, LogLines log)
    {
        (this.app, Log) = (app, log);
        http = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
    }

    /// <summary>The agent's log.</summary>
    public LogLines Log { get; }

    public static async Task<RunningAgent> StartAsync(params (string Setting, string Value)[] settings)
    {
        var log = new LogLines();
        var built = Build(log, settings);
        await built.StartAsync();
        return new RunningAgent(built, log);
    }

    public static WebApplication Build(LogLines log, params (string Setting, string Value)[] settings)
    {
        var builder = WebApplication.CreateBuilder();
        // The last value of a setting wins.
        var distinct = settings.Prepend(("Urls", "http://127.0.0.1:0")).Reverse().DistinctBy(pair => pair.Item1);
        builder.Configuration.AddInMemoryCollection(
            distinct.ToDictionary(pair => pair.Item1, string? (pair) => pair.Item2, StringComparer.Ordinal));
        builder.AddRegionAgent();
        builder.Logging.ClearProviders().AddProvider(log);
        var built = builder.Build();
        built.UseRegionAgent();
        return built;
    }

    /// <summary>Sends a GET request with a Host header, as a browser does.</summary>
    public async Task<(HttpStatusCode Status, string Body)> GetAsync(string path, string host = "localhost")
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(path, UriKind.Relative)) { Headers = { Host = host } };
        using var response = await http.SendAsync(request);
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    /// <summary>Whether the agent is stopping or has stopped.</summary>
    public bool HasEnded => app.Lifetime.ApplicationStopping.IsCancellationRequested;

    /// <summary>Whether the agent knows that it receives nothing from the bus.</summary>
    public bool HasLostQueue => app.Services.GetRequiredService<LeadershipState>().HasLostQueue;

    public Task<JsonElement> StatusAsync() => http.GetFromJsonAsync<JsonElement>("/status");

    public async Task<string> VerdictAsync() => (await StatusAsync()).GetProperty("verdict").GetString()!;

    public async Task<string> ReadyAsync()
    {
        using var response = await http.GetAsync(new Uri("/health/ready", UriKind.Relative));
        return await response.Content.ReadAsStringAsync();
    }

    /// <summary>Stops the agent, as SIGTERM does.</summary>
    public Task StopAsync() => app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        await StopAsync();
        await app.DisposeAsync();
    }
}

internal sealed class LogLines : ILoggerProvider, ILogger
{
    public ConcurrentQueue<string> Lines { get; } = [];

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
            Lines.Enqueue(formatter(state, exception));
    }

    public void Dispose()
    {
    }
}
