using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using LastMile.Events.Fabric;
using LastMile.Events.Testing;
using Xunit;

namespace Fabric.Tests;

/// <summary>Tests the scripts that start the servers of docker-compose.yml with the users from deploy/.</summary>
public sealed class ComposeScriptTests(SharedServers servers) : IDisposable
{
    private static readonly string Deploy = Path.Combine(RunFolder.RepositoryFolder(), "deploy");

    private readonly string folder = Directory.CreateTempSubdirectory("compose-scripts").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task A_regional_Redis_accepts_only_its_users()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/redis-server"), "redis-server is not installed.");
        var port = FreePort.Next();
        using var redis = StartRedis(
            "redis-region", port, ("PASSWORD_OF_LASTMILE_AGENT", "agent's $word"), ("PASSWORD_OF_APPLICATION", "application"));
        try
        {
            await Eventually.Async(() => PingAsync(port, "lastmile-agent \"agent's $word\""), answer => answer == "+PONG");
            Assert.Equal("+PONG", await PingAsync(port, "application application"));
            Assert.StartsWith("-WRONGPASS", await PingAsync(port, "application agent"), StringComparison.Ordinal);
            // No password is set for the operator here, so the user does not exist.
            Assert.StartsWith("-WRONGPASS", await PingAsync(port, "operator \"\""), StringComparison.Ordinal);
            Assert.StartsWith("-NOAUTH", await PingAsync(port, null), StringComparison.Ordinal);
        }
        finally
        {
            redis.Kill(entireProcessTree: true);
        }
    }

    [Fact]
    public async Task A_Redis_logs_in_to_its_primary_as_the_replica_user()
    {
        using var script = Start(
            "sh", "redis.sh", [.. RedisFiles("redis-primary"), ("PASSWORD_OF_REPLICA", "re \"pl\\ica"), ("ENTRYPOINT", "true")]);
        await script.WaitForExitAsync();

        Assert.Equal(0, script.ExitCode);
        Assert.EndsWith(
            $"\naclfile {folder}/users.acl\nmasteruser replica\nmasterauth \"re \\\"pl\\\\ica\"\n",
            await File.ReadAllTextAsync(Path.Combine(folder, "redis.conf")),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task RabbitMQ_imports_the_users_from_deploy_and_an_agent_for_each_region()
    {
        using var script = Start("bash", "rabbitmq.sh",
        [
            ("DEFINITIONS_FILE", Path.Combine(Deploy, "rabbitmq-definitions.json")),
            ("CONFIG_FOLDER", folder),
            ("ENTRYPOINT", "true"),
            ("REGIONS", "ams syd"),
            ("PASSWORD_OF_LASTMILE_INVALIDATOR", "invalidator"),
            ("PASSWORD_OF_STOREFRONT", "a/b&c\"d"),
            ("PASSWORD_OF_LASTMILE_AGENT_AMS", "ams"),
            ("PASSWORD_OF_LASTMILE_AGENT_SYD", "syd"),
        ]);
        await script.WaitForExitAsync();
        Assert.Equal(0, script.ExitCode);
        Assert.Equal(
            $"load_definitions = {folder}/definitions.json\n", await File.ReadAllTextAsync(Path.Combine(folder, "rabbitmq.conf")));
        var definitions = await File.ReadAllTextAsync(Path.Combine(folder, "definitions.json"));

        using var parsed = JsonDocument.Parse(definitions);
        var hashes = parsed.RootElement.GetProperty("users").EnumerateArray().ToDictionary(
            user => user.GetProperty("name").GetString()!,
            user => user.GetProperty("password_hash").GetString()!,
            StringComparer.Ordinal);
        Assert.Equal(4, hashes.Count);
        Assert.True(Matches(hashes["storefront"], "a/b&c\"d"));
        Assert.True(Matches(hashes["lastmile-agent-syd"], "syd"));
        Assert.False(Matches(hashes["lastmile-agent-syd"], "ams"));
        Assert.Equal(HttpStatusCode.NoContent, await ImportAsync(definitions));
        var syd = parsed.RootElement.GetProperty("permissions").EnumerateArray()
            .Single(entry => entry.GetProperty("user").GetString() == "lastmile-agent-syd");
        Assert.Contains(@"lastmile\.region\.syd", syd.GetProperty("read").GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain("ams", syd.GetProperty("read").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task RabbitMQ_does_not_start_while_a_password_is_missing()
    {
        using var script = Start("bash", "rabbitmq.sh",
            [
                ("DEFINITIONS_FILE", Path.Combine(Deploy, "rabbitmq-definitions.json")),
                ("CONFIG_FOLDER", folder),
                ("ENTRYPOINT", "true"),
                ("REGIONS", "ams"),
                ("PASSWORD_OF_STOREFRONT", "x"),
            ]);
        var error = await script.StandardError.ReadToEndAsync();
        await script.WaitForExitAsync();

        Assert.NotEqual(0, script.ExitCode);
        Assert.Contains("PASSWORD_OF_LASTMILE_INVALIDATOR", error, StringComparison.Ordinal);
    }

    private static bool Matches(string hash, string password)
    {
        var bytes = Convert.FromBase64String(hash);
        return SHA256.HashData([.. bytes.AsSpan(0, 4), .. Encoding.UTF8.GetBytes(password)]).AsSpan().SequenceEqual(bytes.AsSpan(4));
    }

    private async Task<HttpStatusCode> ImportAsync(string definitions)
    {
        var management = await servers.ManagementAsync();
        using var http = new HttpClient { BaseAddress = management };
        http.DefaultRequestHeaders.Authorization = ServerProbe.Credentials(management);
        using var answer = await http.PostAsync(
            new Uri("api/definitions", UriKind.Relative), new StringContent(definitions, Encoding.UTF8, "application/json"));
        return answer.StatusCode;
    }

    // Uses the raw Redis protocol, because client libraries reword errors.
    private static async Task<string> PingAsync(int port, string? login)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync("127.0.0.1", port);
        }
        catch (SocketException)
        {
            return "not listening yet";
        }

        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes((login is null ? "" : $"AUTH {login}\r\n") + "PING\r\n"));
        using var reader = new StreamReader(stream, Encoding.ASCII);
        var answer = (await reader.ReadLineAsync())!;
        return answer == "+OK" ? (await reader.ReadLineAsync())! : answer;
    }

    private Process StartRedis(string role, int port, params (string, string)[] passwords) => Start(
        "sh",
        "redis.sh",
        [.. RedisFiles(role), .. passwords, ("ENTRYPOINT", "env")],
        "--port", $"{port}", "--bind", "127.0.0.1", "--dir", folder);

    private IEnumerable<(string, string)> RedisFiles(string role) =>
        [
            ("ACL_FILE", Path.Combine(Deploy, role + ".acl")),
            ("CONFIG_FILE", Path.Combine(Deploy, role + ".conf")),
            ("CONFIG_FOLDER", folder),
        ];

    private static Process Start(
        string shell, string script, IEnumerable<(string Name, string Value)> environment, params string[] arguments)
    {
        var start = new ProcessStartInfo(shell, [Path.Combine(Deploy, "compose", script), .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return Process.Start(start)!;
    }
}
