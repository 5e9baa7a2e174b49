using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Text.Json;
using LastMile.Events.RegionAgent;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace RegionAgent.Tests;

/// <summary>The whole agent, in this process, as configured.</summary>
internal sealed class RunningAgent : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly HttpClient http;

    private RunningAgent(WebApplication app)
    {
        this.app = app;
        http = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
    }

    public static async Task<RunningAgent> StartAsync(params (string Setting, string Value)[] settings)
    {
        var built = Build(new LogLines(), settings);
        await built.StartAsync();
        return new RunningAgent(built);
    }

    public static WebApplication Build(LogLines log, params (string Setting, string Value)[] settings)
    {
        var builder = WebApplication.CreateBuilder();
        // Of two values of a setting the later counts.
        builder.Configuration.AddInMemoryCollection(
            settings.Prepend(("Urls", "http://127.0.0.1:0")).Reverse().DistinctBy(pair => pair.Item1).ToDictionary(pair => pair.Item1, string? (pair) => pair.Item2, StringComparer.Ordinal));
        builder.AddRegionAgent();
        builder.Logging.ClearProviders().AddProvider(log);
        var built = builder.Build();
        built.UseRegionAgent();
        return built;
    }

    public Task<JsonElement> StatusAsync() => http.GetFromJsonAsync<JsonElement>("/status");

    public async Task<string> VerdictAsync() => (await StatusAsync()).GetProperty("verdict").GetString()!;

    public async Task<string> ReadyAsync()
    {
        using var response = await http.GetAsync(new Uri("/health/ready", UriKind.Relative));
        return await response.Content.ReadAsStringAsync();
    }

    /// <summary>Tells it to end, as SIGTERM does.</summary>
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

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
            Lines.Enqueue(formatter(state, exception));
    }

    public void Dispose()
    {
    }
}
