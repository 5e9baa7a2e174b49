using System.Net;
using System.Text.Json;
using LastMile.Events.Invalidator.Api.Access;
using LastMile.Events.Testing;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Invalidator.Tests;

public sealed class ApiKeyTests(ApiKeyTests.KeyedInvalidator running) : IClassFixture<ApiKeyTests.KeyedInvalidator>
{
    private const string Reader = "reader-0123456789";
    private const string Purger = "purger-0123456789";
    private const string Sweeper = "sweeper-0123456789";
    private const string Follower = "follower-0123456789";
    private const string Keys = """{"keys":["a"]}""";
    private const string All = """{"all":true}""";

    [Theory]
    [InlineData("GET /regions", Reader, null, HttpStatusCode.OK)]
    [InlineData("GET /regions", Purger, null, HttpStatusCode.Forbidden)]
    [InlineData("GET /regions/nowhere", Reader, null, HttpStatusCode.NotFound)]
    [InlineData("GET /regions/nowhere", Sweeper, null, HttpStatusCode.Forbidden)]
    [InlineData("GET /purges", Reader, null, HttpStatusCode.OK)]
    [InlineData("GET /purges", Sweeper, null, HttpStatusCode.Forbidden)]
    [InlineData("GET /purges", Follower, null, HttpStatusCode.OK)]
    [InlineData("GET /purges?wait=1ms", Follower, null, HttpStatusCode.OK)]
    [InlineData("GET /purges?wait=1ms", Reader, null, HttpStatusCode.OK)]
    [InlineData("GET /purges?wait=1ms", Purger, null, HttpStatusCode.Forbidden)]
    [InlineData("GET /purges/00000000-0000-0000-0000-000000000000", Follower, null, HttpStatusCode.Forbidden)]
    [InlineData("GET /regions", Follower, null, HttpStatusCode.Forbidden)]
    [InlineData("GET /status", Follower, null, HttpStatusCode.Forbidden)]
    [InlineData("POST /purges", Follower, Keys, HttpStatusCode.Forbidden)]
    [InlineData("GET /purges/00000000-0000-0000-0000-000000000000", Reader, null, HttpStatusCode.NotFound)]
    [InlineData("GET /purges/00000000-0000-0000-0000-000000000000", Purger, null, HttpStatusCode.Forbidden)]
    [InlineData("GET /status", Reader, null, HttpStatusCode.OK)]
    [InlineData("GET /status", Purger, null, HttpStatusCode.Forbidden)]
    [InlineData("DELETE /regions/nowhere", Sweeper, null, HttpStatusCode.NotFound)]
    [InlineData("DELETE /regions/nowhere", Purger, null, HttpStatusCode.Forbidden)]
    [InlineData("POST /purges", Purger, Keys, HttpStatusCode.Accepted)]
    [InlineData("POST /purges", Sweeper, Keys, HttpStatusCode.Forbidden)]
    [InlineData("POST /purges", Reader, Keys, HttpStatusCode.Forbidden)]
    [InlineData("POST /purges", Sweeper, All, HttpStatusCode.Accepted)]
    [InlineData("POST /purges", Sweeper, """{"prefix":"p"}""", HttpStatusCode.Accepted)]
    [InlineData("POST /purges", Purger, All, HttpStatusCode.Forbidden)]
    [InlineData("POST /purges", Purger, """{"prefix":"p"}""", HttpStatusCode.Forbidden)]
    public async Task A_key_grants_only_its_scopes(string request, string key, string? body, HttpStatusCode status)
    {
        var answer = await SendAsync(request, body, "Authorization: Bearer " + key);

        Assert.Equal(status, answer.Status);
        if (status == HttpStatusCode.Forbidden)
        {
            Assert.Matches(
                "^API key '(reader|purger|sweeper|follower)' lacks scope '(read|read or log|purge|purge-all|purge or purge-all)'\\. "
                    + "Use another key, or add the scope",
                answer.Detail);
        }
    }

    [Theory]
    [InlineData("X-Api-Key: " + Reader, HttpStatusCode.OK)]
    [InlineData("Authorization: bearer " + Reader, HttpStatusCode.OK)]
    [InlineData("X-Api-Key: " + Reader + "x", HttpStatusCode.Unauthorized)]
    [InlineData("Authorization: Bearer wrong", HttpStatusCode.Unauthorized)]
    [InlineData("Authorization: Basic " + Reader, HttpStatusCode.Unauthorized)]
    [InlineData("X-Other: " + Reader, HttpStatusCode.Unauthorized)]
    public async Task A_key_is_accepted_in_either_of_two_headers(string header, HttpStatusCode status) =>
        Assert.Equal(status, (await SendAsync("GET /regions", body: null, header)).Status);

    [Fact]
    public async Task A_request_without_a_valid_key_is_refused_with_instructions()
    {
        var none = await SendAsync("GET /regions", body: null);
        var wrong = await SendAsync("GET /regions", body: null, "X-Api-Key: wrong");

        Assert.Equal((HttpStatusCode.Unauthorized, "application/problem+json"), (none.Status, none.MediaType));
        Assert.Equal(
            "The request has no API key. Send a key from Api:Keys as 'Authorization: Bearer …' or 'X-Api-Key: …'.", none.Detail);
        Assert.StartsWith("The API key is unknown.", wrong.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Health_and_the_OpenAPI_document_need_no_key()
    {
        Assert.Equal(HttpStatusCode.OK, (await SendAsync("GET /health/ready", body: null)).Status);
        Assert.Equal(HttpStatusCode.OK, (await SendAsync("GET /openapi/v1.json", body: null)).Status);
    }

    [Fact]
    public async Task The_keys_owner_is_the_default_actor_of_a_purge()
    {
        var purge = await SendAsync("POST /purges", Keys, "X-Api-Key: " + Purger);

        Assert.Equal(
            "purger",
            await running.World.ScalarAsync<string>($"select origins->0->>'actor' from lastmile.purge_log where id = '{purge.Id}'"));
    }

    [Fact]
    public async Task Keys_are_never_logged()
    {
        await SendAsync("GET /regions", body: null, "Authorization: Bearer " + Reader);
        await SendAsync("GET /regions", body: null, "Authorization: Bearer wrong-0123456789");

        Assert.DoesNotContain(running.Invalidator.Log.Lines, line => line.Contains("-0123456789", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("127.0.0.1", null, true)]
    [InlineData("127.8.9.10", null, true)]
    [InlineData("::1", null, true)]
    [InlineData("::ffff:127.0.0.1", null, true)]
    [InlineData("192.0.2.7", null, false)]
    [InlineData("::ffff:192.0.2.7", null, false)]
    [InlineData("127.0.0.1", "X-Forwarded-For", false)]
    [InlineData("127.0.0.1", "Forwarded", false)]
    public async Task Only_loopback_requests_are_allowed_when_no_keys_are_configured(string from, string? header, bool allowed)
    {
        var (app, _) = RunningInvalidator.Build();
        await using var disposed = app;
        using var body = new MemoryStream();
        var context = new DefaultHttpContext
        {
            RequestServices = app.Services,
            Connection = { RemoteIpAddress = IPAddress.Parse(from) },
            Response = { Body = body },
        };
        if (header is not null)
            context.Request.Headers[header] = "192.0.2.7";

        Assert.Equal(allowed, (await context.AuthenticateAsync(ApiKeyHandler.SchemeName)).Succeeded);
        await context.ChallengeAsync(ApiKeyHandler.SchemeName);

        Assert.Equal(StatusCodes.Status403Forbidden, context.Response.StatusCode);
        Assert.Contains(
            "Set Api:Keys:0:Name, Api:Keys:0:Key and Api:Keys:0:Scopes:0",
            System.Text.Encoding.UTF8.GetString(body.ToArray()),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("localhost", true)]
    [InlineData("LOCALHOST:5081", true)]
    [InlineData("127.0.0.1:5081", true)]
    [InlineData("127.8.9.10", true)]
    [InlineData("[::1]:5081", true)]
    [InlineData("lastmile.internal", true)]
    [InlineData("LastMile.internal:80", true)]
    [InlineData("rebound.example", false)]
    [InlineData("localhost.rebound.example:5081", false)]
    [InlineData("192.0.2.7", false)]
    [InlineData("0.0.0.0", false)]
    [InlineData("lastmile.internal.rebound.example", false)]
    public async Task A_request_must_name_an_allowed_host_when_no_keys_are_configured(string host, bool allowed)
    {
        var (app, _) = RunningInvalidator.Build(("Api:Hosts:0", "lastmile.internal"));
        await using var disposed = app;
        using var body = new MemoryStream();
        var context = new DefaultHttpContext
        {
            RequestServices = app.Services,
            Connection = { RemoteIpAddress = IPAddress.Loopback },
            Response = { Body = body },
        };
        context.Request.Host = new HostString(host);

        Assert.Equal(allowed, (await context.AuthenticateAsync(ApiKeyHandler.SchemeName)).Succeeded);
        if (allowed)
            return;
        await context.ChallengeAsync(ApiKeyHandler.SchemeName);

        Assert.Equal(StatusCodes.Status403Forbidden, context.Response.StatusCode);
        Assert.Contains(
            $"the request names the host '{context.Request.Host.Host}'",
            JsonElement.Parse(body.ToArray()).GetProperty("detail").GetString(),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Any_host_is_allowed_when_keys_are_configured() =>
        Assert.Equal(
            HttpStatusCode.OK,
            (await SendAsync("GET /regions", body: null, "X-Api-Key: " + Reader, "Host: lastmile.example")).Status);

    private Task<Answer> SendAsync(string request, string? body, params string[] headers) => running.Invalidator.SendAsync(
        new HttpMethod(request.Split(' ')[0]),
        request.Split(' ')[1],
        body is null ? null : new StringContent(body, System.Text.Encoding.UTF8, "application/json"),
        headers);

    /// <summary>An Invalidator with a key for each scope.</summary>
    public sealed class KeyedInvalidator(SharedServers servers) : IAsyncLifetime
    {
        internal World World { get; private set; } = null!;

        internal RunningInvalidator Invalidator { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            World = await World.CreateAsync(servers);
            Invalidator = await RunningInvalidator.StartReadyAsync(
                World,
                ("Api:Keys:0:Name", "reader"), ("Api:Keys:0:Key", Reader), ("Api:Keys:0:Scopes:0", "read"),
                ("Api:Keys:1:Name", "purger"), ("Api:Keys:1:Key", Purger), ("Api:Keys:1:Scopes:0", "purge"),
                ("Api:Keys:2:Name", "sweeper"), ("Api:Keys:2:Key", Sweeper), ("Api:Keys:2:Scopes:0", "purge-all"),
                ("Api:Keys:3:Name", "follower"), ("Api:Keys:3:Key", Follower), ("Api:Keys:3:Scopes:0", "log"));
        }

        public async ValueTask DisposeAsync()
        {
            await Invalidator.DisposeAsync();
            await World.DisposeAsync();
        }
    }
}
