using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using LastMile.Events.Fabric;
using LastMile.Events.Testing;
using StackExchange.Redis;
using Xunit;

namespace Fabric.Tests;

/// <summary>Runs the commands in docs/operations.md as written.</summary>
public sealed class DocumentedCommandTests(SharedServers servers)
{
    private static readonly string Page = File.ReadAllText(Path.Combine(RunFolder.RepositoryFolder(), "docs", "operations.md"));

    [Fact]
    public async Task The_documented_hash_of_a_RabbitMQ_password_lets_its_user_log_in()
    {
        var name = $"hashed-{Guid.NewGuid():N}";
        var hash = await ShellAsync(Line("rabbit_hash()") + "\nrabbit_hash \"$PASSWORD\"", ("PASSWORD", "pass word'1"));
        var management = await servers.ManagementAsync();
        using var http = new HttpClient { BaseAddress = management };
        http.DefaultRequestHeaders.Authorization = ServerProbe.Credentials(management);

        var user = JsonSerializer.Serialize(new
        {
            password_hash = hash.Trim(),
            hashing_algorithm = "rabbit_password_hashing_sha256",
            tags = "management",
        });
        using var created = await http.PutAsync(
            new Uri($"api/users/{name}", UriKind.Relative), new StringContent(user, Encoding.UTF8, "application/json"));

        Assert.True(created.IsSuccessStatusCode, await created.Content.ReadAsStringAsync());
        Assert.Equal(HttpStatusCode.OK, await LoginAsync(http, name, "pass word'1"));
        Assert.Equal(HttpStatusCode.Unauthorized, await LoginAsync(http, name, "pass word'2"));
        using var deleted = await http.DeleteAsync(new Uri($"api/users/{name}", UriKind.Relative));
    }

    [Fact]
    public async Task The_operator_can_change_a_Redis_password_without_a_restart()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/redis-cli"), "redis-cli is not installed.");
        var redis = await servers.StartRedisAsync(RedisRole.Region);
        var old = redis.Users.Password(RedisUser.Application);
        var commands = Block("ACL SETUSER").Replace("-h redis-ams", $"-p {redis.Port}", StringComparison.Ordinal).Split('\n');
        var (add, remove) = (string.Join('\n', commands[..2]), string.Join('\n', commands[3..]));
        (string, string)[] environment =
        [
            ("REDISCLI_AUTH", redis.Users.Password(RedisUser.Operator)),
            ("NEW_PASSWORD", "new"),
            ("OLD_PASSWORD", old),
        ];

        Assert.Equal("OK\nOK\n", await ShellAsync(Line("hash()") + "\n" + add, environment));
        Assert.Equal(("OK\n", "OK\n"), (await LoginAsync(redis, old), await LoginAsync(redis, "new")));
        Assert.Equal("OK\nOK\n", await ShellAsync(Line("hash()") + "\n" + remove, environment));

        // The ACL file contains the change too.
        await redis.Process.StopAsync();
        await redis.Process.StartAsync();
        Assert.Equal("OK\n", await LoginAsync(redis, "new"));
        Assert.StartsWith("WRONGPASS", await LoginAsync(redis, old), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_application_needs_the_documented_commands_to_store_hashes()
    {
        var redis = await servers.StartRedisAsync(RedisRole.Region);
        await using var application = await ConnectionMultiplexer.ConnectAsync(redis.EndpointAs(RedisUser.Application));
        var database = application.GetDatabase();
        await Assert.ThrowsAsync<RedisServerException>(() => KeepHashAsync(database));

        await using var administrator = await ConnectionMultiplexer.ConnectAsync(redis.Endpoint + ",allowAdmin=true");
        var commands = Regex.Matches(Lines("keeps hashes").Single(), @"\+h[a-z]+", RegexOptions.NonBacktracking)
            .Select(command => command.Value);
        object[] grant = ["SETUSER", RedisUsers.NameOf(RedisUser.Application), .. commands];
        await administrator.GetDatabase().ExecuteAsync("ACL", grant);

        await KeepHashAsync(database);
    }

    [Fact]
    public async Task The_application_user_may_run_the_commands_of_the_regional_cache_guide()
    {
        var redis = await servers.StartRedisAsync(RedisRole.Region);
        await using var application = await ConnectionMultiplexer.ConnectAsync(
            redis.EndpointAs(RedisUser.Application) + ",proxy=Envoyproxy");
        var cache = application.GetDatabase();

        // The client uses a different command for a time to live in whole seconds.
        Assert.True(await cache.StringSetAsync("product:7", "json", TimeSpan.FromHours(1)));
        Assert.True(await cache.StringSetAsync("product:8", "json", TimeSpan.FromMilliseconds(10_500)));
        Assert.True(await cache.StringSetAsync("product:9", "lease:1", TimeSpan.FromMilliseconds(5_000), When.NotExists));
        Assert.True(await cache.KeyExpireAsync("product:8", TimeSpan.FromMilliseconds(10_500)));
        Assert.Equal(["json", "json", default], await cache.StringGetAsync(["product:7", "product:8", "lm:tag:category:3"]));
        Assert.Equal(2, await cache.KeyDeleteAsync(["product:7", "product:8"]));
    }

    // Runs the commands of Microsoft.Extensions.Caching.StackExchangeRedis: write several fields or one, set the expiry, read one or
    // several.
    private static async Task KeepHashAsync(IDatabase database)
    {
        await database.HashSetAsync("page:1", [new("absexp", -1), new("sldexp", -1), new("data", "x")]);
        await database.HashSetAsync("page:1", "data", "y");
        await database.KeyExpireAsync("page:1", TimeSpan.FromMinutes(1));
        Assert.Equal("y", await database.HashGetAsync("page:1", "data"));
        Assert.Equal(2, (await database.HashGetAsync("page:1", ["absexp", "sldexp"])).Length);
        await database.KeyDeleteAsync("page:1");
    }

    // The harness accepts every client as its administrator, so this logs in explicitly.
    private static Task<string> LoginAsync(RedisServer redis, string password) =>
        ShellAsync($"redis-cli -p {redis.Port} AUTH application \"$PASSWORD\"", ("PASSWORD", password));

    private static async Task<HttpStatusCode> LoginAsync(HttpClient http, string name, string password)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("api/whoami", UriKind.Relative));
        request.Headers.Authorization = new AuthenticationHeaderValue(
            "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{name}:{password}")));
        using var answer = await http.SendAsync(request);
        return answer.StatusCode;
    }

    private static IEnumerable<string> Lines(string text) => Page.Split('\n').Where(line => line.Contains(text, StringComparison.Ordinal));

    private static string Line(string beginning) => Lines(beginning).Single(line => line.StartsWith(beginning, StringComparison.Ordinal));

    // Returns the block of shell commands that contains a text.
    private static string Block(string text) =>
        Regex.Matches(Page, "```sh\n(?<commands>[^`]*)\n```", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)
            .Select(match => match.Groups["commands"].Value).Single(commands => commands.Contains(text, StringComparison.Ordinal));

    private static async Task<string> ShellAsync(string script, params (string Name, string Value)[] environment)
    {
        var folder = Directory.CreateTempSubdirectory("documented").FullName;
        var start = new ProcessStartInfo("bash", ["-c", script])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
        };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        using var shell = Process.Start(start)!;
        var (output, error) = (shell.StandardOutput.ReadToEndAsync(), shell.StandardError.ReadToEndAsync());
        await shell.WaitForExitAsync();
        Directory.Delete(folder, recursive: true);
        Assert.True(shell.ExitCode == 0, await error);
        // After a failed login, redis-cli continues as the default user, which may do anything on the harness's servers.
        Assert.DoesNotContain("AUTH failed", await error, StringComparison.Ordinal);
        return await output;
    }
}
