using System.Net;
using LastMile.Events.Hosting;
using LastMile.Events.Invalidator.Configuration;
using LastMile.Events.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Npgsql;
using StackExchange.Redis;
using Xunit;

namespace Invalidator.Tests;

public sealed class ConfigurationTests(SharedServers servers)
{
    [Fact]
    public async Task All_errors_are_reported_together_and_the_service_exits()
    {
        var (app, log) = RunningInvalidator.Build(
            ("Redis:ConnectionString", "ssl=true"),
            ("Redis:KeyPrefix", ""),
            ("Api:Keys:0:Name", "shop"), ("Api:Keys:0:Key", "0123456789abcdef"), ("Api:Keys:0:Scopes:0", "read"),
            ("Api:Keys:1:Name", "shop"), ("Api:Keys:1:Key", "0123456789abcdef"), ("Api:Keys:1:Scopes:0", "write"),
            ("Api:Keys:2:Key", "short"),
            ("RabbitMq:Uri", "http://somewhere"),
            ("Invalidator:ClaimRows", "0"),
            ("Invalidator:PollInterval", "00:05:00"),
            ("Invalidator:AuditInterval", "2.00:00:00"),
            ("Invalidator:DoubleDeleteAfter", "01:00:01"),
            ("Invalidator:SilentAfter", "00:00:01"),
            ("Invalidator:LongestEntryLifetime", "367d"),
            ("Invalidator:Rules:0:Entity", "Product"),
            ("Invalidator:Rules:0:Keys:0", "product:{Id"));

        var code = await app.RunServiceAsync();

        Assert.Equal(2, code);
        var report = Assert.Single(log.Lines, line => line.StartsWith("Critical: The configuration is invalid", StringComparison.Ordinal));
        string[] expected =
        [
            "Api:Keys:1:Key must be unique: an earlier entry has the same key.",
            "Api:Keys:1:Name must be unique: an earlier key is also named 'shop'.",
            "Api:Keys:1:Scopes must be one or more of read, log, purge, purge-all; it is 'write'.",
            "Api:Keys:2:Key must be at least 16 characters of printable ASCII without spaces.",
            "Api:Keys:2:Name must name the owner of the key.",
            "Api:Keys:2:Scopes must be one or more of read, log, purge, purge-all; it is ''.",
            "Invalidator:AuditInterval must be 1s to 1d, or 0 for never; it is 2d.",
            "Invalidator:ClaimRows must be 1 to 10,000; it is 0.",
            "Invalidator:DoubleDeleteAfter must be 10ms to 1h, or 0 for never; it is 3601s.",
            "Invalidator:LongestEntryLifetime must be 1s to 366d; it is 367d.",
            "Invalidator:PollInterval must be 10ms to 1m; it is 5m.",
            "Invalidator:Rules:0: the template 'product:{Id' has a '{' at position 9 that is not closed; write a literal brace as '{{'.",
            "Invalidator:SilentAfter must be 2s to 10m; it is 1s.",
            "Postgres:ConnectionString must be Host=…;Database=…;Username=…;Password=…, as Npgsql reads it; "
                + "it is missing or invalid.",
            "RabbitMq:Uri must be amqp://user:password@host:port/virtual-host (amqps for TLS); it is missing or invalid.",
            "Redis:ConnectionString must be host:port, with options after commas, as StackExchange.Redis reads it; "
                + "it is missing or invalid.",
            "Redis:KeyPrefix must be a short text without control characters, such as 'lm:'.",
        ];
        Assert.Equal(
            string.Join('\n', expected),
            string.Join('\n', report.Split('\n', StringSplitOptions.TrimEntries)[1..].Order(StringComparer.Ordinal)));
    }

    [Fact]
    public async Task Unknown_settings_are_refused_and_the_nearest_known_one_is_suggested()
    {
        var (app, log) = RunningInvalidator.Build(
            ("Invalidator:ClaimRowz", "5"),
            ("Invalidator:Threads", "5"),
            ("invalidator:workers", "2"),
            ("Invalidator:Workers:Count", "2"),
            ("Invalidator:Rules:0:Entity", "Product"),
            ("Invalidator:Rules:0:Key:0", "product:{Id}"),
            ("Invalidator:Rules:Entity", "Product"),
            ("Invaldator:ClaimRows", "5"),
            ("Somewhere:ClaimRows", "5"),
            ("Postgres:ConectionString", "Host=somewhere;Password=secret-1"),
            ("Postgres:ConnectionString", "Host=somewhere"),
            ("Redis:ConnectionString", "somewhere:6379"),
            ("Redis:Prefix", "lm:"),
            ("RabbitMq:Uri", "amqp://somewhere"),
            ("RabbitMq:QuorumQueue", "false"),
            ("Api:Keys:0:Name", "shop"), ("Api:Keys:0:Key", "0123456789abcdef"), ("Api:Keys:0:Scopes:0", "read"),
            ("Api:Keys:0:Scope", "read"), ("Api:Keys:0:Kee", "secret-2"),
            ("Api:Key", "secret-3"));

        var code = await app.RunServiceAsync();

        Assert.Equal(2, code);
        var report = Assert.Single(log.Lines, line => line.StartsWith("Critical: The configuration is invalid", StringComparison.Ordinal));
        string[] expected =
        [
            "Api:Key is not a setting. Did you mean Api:Keys?",
            "Api:Keys:0:Kee is not a setting. Did you mean Api:Keys:0:Key?",
            "Api:Keys:0:Scope is not a setting. Did you mean Api:Keys:0:Scopes?",
            "Invaldator is not a section of the configuration. Did you mean Invalidator?",
            "Invalidator:ClaimRowz is not a setting. Did you mean Invalidator:ClaimRows?",
            "Invalidator:Rules:0:Key is not a setting. Did you mean Invalidator:Rules:0:Keys?",
            "Invalidator:Rules:Entity is not a setting: Invalidator:Rules is a list, which begins at Invalidator:Rules:0.",
            "Invalidator:Threads is not a setting. The settings of Invalidator are Name, Lineage, InstallSchema, ClaimRows,",
            "Invalidator:Workers:Count is not a setting: Invalidator:Workers is a single value.",
            "Postgres:ConectionString is not a setting. Did you mean Postgres:ConnectionString?",
            "RabbitMq:QuorumQueue is not a setting. Did you mean RabbitMq:QuorumQueues?",
            "Redis:Prefix is not a setting. The settings of Redis are ConnectionString, CaCertificate, KeyPrefix.",
        ];
        string[] errors =
        [
            .. report.Split('\n', StringSplitOptions.TrimEntries)[1..]
                .Where(error => error.Contains(" is not a ", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal),
        ];
        Assert.Equal(expected.Length, errors.Length);
        Assert.All(expected.Zip(errors), pair => Assert.StartsWith(pair.First, pair.Second, StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain("secret", report, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Durations_are_accepted_with_a_unit_or_in_NET_format()
    {
        var (app, _) = RunningInvalidator.Build(
            ("Invalidator:PollInterval", "5s"),
            ("Invalidator:PollIntervalWithoutStream", "20 ms"),
            ("Invalidator:LogRetention", "2d"),
            ("Invalidator:SilentAfter", "00:00:05.500"),
            ("Invalidator:DoubleDeleteAfter", "0"),
            ("Invalidator:AuditInterval", "1.5h"));
        await using var disposed = app;

        var options = new InvalidatorOptions();
        app.Services.GetServices<IConfigureOptions<InvalidatorOptions>>().ToList().ForEach(configure => configure.Configure(options));

        Assert.Equal(
            "00:00:05 00:00:00.0200000 2.00:00:00 00:00:05.5000000 00:00:00 01:30:00",
            $"{options.PollInterval} {options.PollIntervalWithoutStream} {options.LogRetention} "
                + $"{options.SilentAfter} {options.DoubleDeleteAfter} {options.AuditInterval}");
    }

    [Theory]
    [InlineData("5")]
    [InlineData("5 seconds")]
    [InlineData("soon")]
    [InlineData("NaNs")]
    [InlineData("-5s")]
    [InlineData("")]
    public async Task A_malformed_duration_is_refused(string value)
    {
        var (app, log) = RunningInvalidator.Build(("Invalidator:LogRetention", value));

        Assert.Equal(2, await app.RunServiceAsync());

        Assert.Contains(log.Lines, line => line.Contains(
            "Invalidator:LogRetention must be a duration with a unit, such as 500ms, 5s, 2m, 1h or 1d, or in the form 00:00:01.500; "
                + $"it is '{value}'.",
            StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_wrong_password_is_reported_with_its_setting_and_never_shown()
    {
        const string Wrong = "wrong-and-still-secret";
        await using var world = await World.CreateAsync(servers);
        // By default a client without a login is the tests' administrator, so a failed login would go unnoticed.
        await using var primary = await ConnectionMultiplexer.ConnectAsync(world.Primary.Endpoint + ",allowAdmin=true");
        await primary.GetServers().Single().ConfigSetAsync("requirepass", "right");
        await using var invalidator = await RunningInvalidator.StartAsync(
            world,
            ("Postgres:ConnectionString", new NpgsqlConnectionStringBuilder(world.Database) { Password = Wrong }.ConnectionString),
            ("Redis:ConnectionString", $"{world.Primary.Endpoint},user=lastmile-invalidator,password={Wrong}"),
            ("RabbitMq:Uri", new UriBuilder(world.Amqp) { Password = Wrong }.Uri.AbsoluteUri));

        await invalidator.MissesAsync("postgres", "password");
        await invalidator.MissesAsync("redis-primary", "NOAUTH");
        await invalidator.MissesAsync("rabbitmq", "ACCESS_REFUSED");
        Assert.Contains("Postgres:ConnectionString", await invalidator.LogsMissingAsync("postgres"), StringComparison.Ordinal);
        Assert.Contains("Redis:ConnectionString", await invalidator.LogsMissingAsync("redis-primary"), StringComparison.Ordinal);
        Assert.Contains("RabbitMq:Uri", await invalidator.LogsMissingAsync("rabbitmq"), StringComparison.Ordinal);
        string[] outputs =
        [
            .. invalidator.Log.Lines,
            .. invalidator.Log.Exceptions,
            $"{(await invalidator.GetAsync("/health/ready")).Body}",
            $"{(await invalidator.GetAsync("/status")).Body}",
        ];
        Assert.DoesNotContain(outputs, text => text.Contains(Wrong, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Health_names_each_server_that_is_down_and_the_process_stays_alive()
    {
        await using var world = await World.CreateAsync(servers);
        await using var invalidator = await RunningInvalidator.StartAsync(
            world,
            ("Postgres:ConnectionString", "Host=nowhere.invalid;Username=x;Password=x"),
            ("Redis:ConnectionString", "nowhere.invalid:6379"),
            ("RabbitMq:Uri", "amqp://x:x@nowhere.invalid/"));

        var health = await Eventually.Async(
            async () => (await invalidator.GetAsync("/health/ready")).Body.GetProperty("checks").EnumerateArray()
                .Select(check => check.ToString()).Aggregate((all, next) => $"{all}\n{next}"),
            checks => checks.Split("does not answer").Length == 4);

        Assert.Equal(4, health.Split("\"status\":\"Unhealthy\"").Length);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await invalidator.GetAsync("/health/ready")).Status);
        Assert.Equal(HttpStatusCode.OK, (await invalidator.GetAsync("/health/live")).Status);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await invalidator.GetAsync("/status")).Status);
    }

    [Fact]
    public async Task The_status_shows_backlog_quarantine_watermark_and_stream()
    {
        await using var world = await World.CreateAsync(servers);
        await using var invalidator = await RunningInvalidator.StartReadyAsync(world);
        await world.ExecuteAsync("insert into lastmile.outbox (entity, kind, columns, rows, row_count) values ('X', 'x', '{}', '[]', 0)");
        await world.RenewedAsync("X");

        // The Invalidator deletes the row after its purge, so the backlog may still contain it.
        var status = await Eventually.Async(
            async () => (await invalidator.GetAsync("/status")).Body,
            body => body.GetProperty("backlog").GetInt64() == 0
                && body.GetProperty("watermark") is { ValueKind: System.Text.Json.JsonValueKind.Object } watermark
                && watermark.GetProperty("sequence").GetInt64() == 1);

        Assert.Equal(
            "backlog, oldestAgeMs, quarantined, findings, watermark, stream, regions",
            string.Join(", ", status.EnumerateObject().Select(property => property.Name)));
        Assert.Equal(
            (0, 0.0, 1),
            (status.GetProperty("backlog").GetInt64(),
                status.GetProperty("oldestAgeMs").GetDouble(),
                status.GetProperty("quarantined").GetInt64()));
        Assert.Equal(1, status.GetProperty("watermark").GetProperty("epoch").GetInt64());
    }
}
