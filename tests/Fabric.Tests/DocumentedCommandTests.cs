using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using LastMile.Events.Fabric;
using LastMile.Events.Testing;
using LastMile.Events.Testing.Pages;
using StackExchange.Redis;
using Xunit;

namespace Fabric.Tests;

/// <summary>Runs the commands in docs/operations/rights.md as written.</summary>
public sealed class DocumentedCommandTests(SharedServers servers)
{
    private static readonly IReadOnlyList<DocumentedBlock> Blocks = BlockUse.BlocksFor<DocumentedCommandTests>();

    [Fact]
    public void Each_block_has_its_test() => Assert.Equal([Block("redis-server "), Block("ACL SETUSER"), Block("rabbit_hash")], Blocks);

    [Fact]
    public async Task The_documented_hash_of_a_RabbitMQ_password_lets_its_user_log_in()
    {
        var name = $"hashed-{Guid.NewGuid():N}";
        const string Import = "rabbitmqctl() { test \"$*\" = \"import_definitions rabbitmq-definitions.json\"; }\n";
        var filled = await ShellAsync(Import + Block("rabbit_hash").Text, ("INVALIDATOR_PASSWORD", "pass word'1"));
        using var definitions = JsonDocument.Parse(filled);
        var hash = definitions.RootElement.GetProperty("users").EnumerateArray()
            .Single(user => user.GetProperty("name").GetString() == "lastmile-invalidator").GetProperty("password_hash").GetString();
        var management = await servers.ManagementAsync();
        using var http = new HttpClient { BaseAddress = management };
        http.DefaultRequestHeaders.Authorization = ServerProbe.Credentials(management);

        var user = JsonSerializer.Serialize(new
        {
            password_hash = hash,
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
    public async Task The_documented_hash_of_a_Redis_password_replaces_its_placeholder()
    {
        const string Server = "redis-server() { test \"$1\" = redis-primary.conf; }\n";

        var acl = await ShellAsync(Server + Block("redis-server ").Text, ("INVALIDATOR_PASSWORD", "secret"));

        var hash = Convert.ToHexStringLower(SHA256.HashData("secret"u8));
        var user = Assert.Single(acl.Split('\n'), line => line.StartsWith("user lastmile-invalidator ", StringComparison.Ordinal));
        Assert.Contains($" #{hash} ", user, StringComparison.Ordinal);
        Assert.DoesNotContain("SHA256-OF", user, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_operator_can_change_a_Redis_password_without_a_restart()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/redis-cli"), "redis-cli is not installed.");
        var redis = await servers.StartRedisAsync(RedisRole.Region);
        var old = redis.Users.Password(RedisUser.Application);
        var commands = Block("ACL SETUSER").Text.Replace("-h redis-ams", $"-p {redis.Port}", StringComparison.Ordinal).Split('\n');
        var (add, remove) = (string.Join('\n', commands[..2]), string.Join('\n', commands[3..]));
        (string, string)[] environment =
        [
            ("REDISCLI_AUTH", redis.Users.Password(RedisUser.Operator)),
            ("NEW_PASSWORD", "new"),
            ("OLD_PASSWORD", old),
        ];

        Assert.Equal("OK\nOK\n", await ShellAsync(HashFunction() + add, environment));
        Assert.Equal(("OK\n", "OK\n"), (await LoginAsync(redis, old), await LoginAsync(redis, "new")));
        Assert.Equal("OK\nOK\n", await ShellAsync(HashFunction() + remove, environment));

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
        var commands = Regex.Matches(DocumentedGrant(), @"\+h[a-z]+", RegexOptions.NonBacktracking)
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

    private static string DocumentedGrant() => DocumentationPage.Of("docs/operations/rights.md").Code
        .Select(code => code.Text).Single(text => text.StartsWith("+hset", StringComparison.Ordinal));

    private static string HashFunction() => Block("redis-server ").Text.Split('\n')[0] + "\n";

    private static DocumentedBlock Block(string text) => Blocks.Single(block => block.Text.Contains(text, StringComparison.Ordinal));

    private static async Task<string> ShellAsync(string script, params (string Name, string Value)[] environment)
    {
        var (code, output, error) = await DocumentedShell.RunAsync(script, environment);
        Assert.True(code == 0, error);
        // After a failed login, redis-cli continues as the default user, which may do anything on the harness's servers.
        Assert.DoesNotContain("AUTH failed", error, StringComparison.Ordinal);
        return output;
    }
}
