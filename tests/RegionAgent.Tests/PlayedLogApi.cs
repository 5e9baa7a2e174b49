using System.Collections.Concurrent;
using LastMile.Events.Hosting;
using LastMile.Events.Redis;
using LastMile.Events.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace RegionAgent.Tests;

/// <summary>The Invalidator's side of <c>GET /purges</c>, on a simulated log. Tests of the whole system use the real one.</summary>
internal sealed class PlayedLogApi : IAsyncDisposable
{
    public const string Key = "agent-key-0123456789";

    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(5);

    private readonly WebApplication app;
    private volatile RegionWorld? world;

    private PlayedLogApi(WebApplication app) => this.app = app;

    public string Address => app.Urls.Single();

    /// <summary>The settings of an agent that uses this log.</summary>
    public (string Setting, string Value)[] Settings =>
        [("Region:Lineages:0:LogAddress", Address), ("Region:Lineages:0:LogApiKey", Key)];

    /// <summary>Whether requests are refused, as by an Invalidator that is down.</summary>
    public bool IsDown { get; set; }

    /// <summary>The query strings of the requests.</summary>
    public ConcurrentQueue<string> Requests { get; } = [];

    public static async Task<PlayedLogApi> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var built = builder.Build();
        built.Urls.Add("http://127.0.0.1:0");
        var api = new PlayedLogApi(built);
        built.MapGet("/purges", api.ReadAsync);
        await built.StartAsync();
        return api;
    }

    /// <summary>Opens a world whose agents use this log while the bus is silent.</summary>
    public async Task<RegionWorld> OpenWorldAsync(
        SharedServers servers, Kind kind, params (string Setting, string Value)[] settings) =>
        world = await RegionWorld.OpenAsync(servers, kind, created => world = created, [.. Settings, .. settings]);

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
    }

    private async Task<IResult> ReadAsync(string? after, int limit, string? wait, HttpRequest request)
    {
        Requests.Enqueue(request.QueryString.Value!);
        if (request.Headers.Authorization != "Bearer " + Key)
            return Results.Problem("The API key is unknown.", statusCode: StatusCodes.Status401Unauthorized);
        if (IsDown || world is not { } served)
            return Results.Problem("postgres does not answer.", statusCode: StatusCodes.Status503ServiceUnavailable);

        var from = Watermark.TryParse(after, out var parsed) ? parsed : default;
        var log = served.Bus.Log;
        var patience = wait is not null && Duration.TryParse(wait, out var parsedWait) ? parsedWait : TimeSpan.Zero;
        var end = TimeProvider.System.GetTimestamp() + (long)(patience.TotalSeconds * TimeProvider.System.TimestampFrequency);
        while (!log.After(from).Any() && TimeProvider.System.GetTimestamp() < end)
            await Task.Delay(Poll, request.HttpContext.RequestAborted);

        var all = log.After(default).ToList();
        var newest = all.Count > 0 ? all[^1].Place() : new Watermark(served.Newest.Epoch, 0);
        return Results.Json(new
        {
            Purges = log.After(from).Take(limit),
            Next = after,
            Complete = (from.Epoch, from.Sequence).CompareTo(log.Horizon) >= 0 && from <= Max(newest, served.Newest),
            Newest = newest.ToString(),
        });
    }

    private static Watermark Max(Watermark one, Watermark other) => one > other ? one : other;
}
