using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using LastMile.Events.Fabric;
using LastMile.Events.Testing;
using Xunit;

namespace Fabric.Tests;

public sealed class DeployTests(SharedServers servers)
{
    private static readonly string Repository = RunFolder.RepositoryFolder();

    [Fact]
    public async Task The_broker_definitions_can_be_imported_once_hashes_replace_the_placeholders()
    {
        var management = await servers.ManagementAsync();
        using var http = new HttpClient { BaseAddress = management };
        http.DefaultRequestHeaders.Authorization = ServerProbe.Credentials(management);
        var definitions = await File.ReadAllTextAsync(Path.Combine(Repository, "deploy", "rabbitmq-definitions.json"));

        // A salt of four bytes and a SHA-256.
        var hash = Convert.ToBase64String(new byte[36]);
        var filled = Regex.Replace(definitions, "HASH-OF-THE-PASSWORD-OF-[a-z-]+", hash, RegexOptions.NonBacktracking);
        using var answer = await http.PostAsync(
            new Uri("api/definitions", UriKind.Relative), new StringContent(filled, Encoding.UTF8, "application/json"));

        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        foreach (var user in (string[])["lastmile-invalidator", "lastmile-agent-ams", "storefront"])
        {
            Assert.Contains(
                "\"tags\":[]", await http.GetStringAsync(new Uri($"api/users/{user}", UriKind.Relative)), StringComparison.Ordinal);
            Assert.Contains(
                "LastMile",
                await http.GetStringAsync(new Uri($"api/permissions/%2F/{user}", UriKind.Relative)),
                StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("redis-primary.acl")]
    [InlineData("redis-region.acl")]
    public async Task A_Redis_does_not_start_while_its_ACL_file_lacks_a_password(string file)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/redis-server"), "redis-server is not installed.");

        var acl = Path.Combine(Repository, "deploy", file);
        var (code, output) = await RunAsync(
            "timeout", ["20", "redis-server", "--port", $"{FreePort.Next()}", "--dir", "/tmp", "--aclfile", acl]);

        Assert.Equal(1, code);
        Assert.Contains($"{file}:2: The password hash must be", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_compose_file_parses_and_publishes_on_loopback_only()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/docker-compose"), "docker-compose is not installed (package docker-compose).");

        var (code, output) = await RunAsync("docker-compose", ["-f", Path.Combine(Repository, "docker-compose.yml"), "config"]);

        Assert.True(code == 0, output);
        var ports = output.Split('\n').Where(line => line.TrimEnd().EndsWith("/tcp", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(ports);
        Assert.All(ports, port => Assert.StartsWith("- 127.0.0.1:", port.Trim(), StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("http://+:PORT", "HTTP/1.1 200 OK", 0)]
    [InlineData("http://*:PORT/", "HTTP/1.1 200 OK", 0)]
    [InlineData("https://+:1;http://[::]:PORT", "HTTP/1.1 200 OK", 0)]
    [InlineData("http://+:PORT", "HTTP/1.1 503 Service Unavailable", 1)]
    public async Task The_image_health_check_passes_only_if_the_program_is_ready_at_its_address(string urls, string answer, int expected)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var answering = AnswerAsync(listener, answer);

        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        var (code, output) = await RunHealthCheckAsync(urls.Replace("PORT", $"{port}", StringComparison.Ordinal));

        Assert.True(code == expected, output);
        Assert.StartsWith("GET /health/ready HTTP/1.1", await answering, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_image_health_check_fails_if_the_program_does_not_listen()
    {
        var (code, _) = await RunHealthCheckAsync($"http://+:{FreePort.Next()}");

        Assert.Equal(1, code);
    }

    private static Task<(int Code, string Output)> RunHealthCheckAsync(string urls) =>
        RunAsync("env", ["ASPNETCORE_HTTP_PORTS=1", $"URLS={urls}", "bash", Path.Combine(Repository, "deploy", "healthy.sh")]);

    private static async Task<string> AnswerAsync(TcpListener listener, string statusLine)
    {
        using var client = await listener.AcceptTcpClientAsync();
        using var reader = new StreamReader(client.GetStream());
        var request = await reader.ReadLineAsync();
        // Read the whole request first: answering and closing earlier would break the client's pipe.
        while (await reader.ReadLineAsync() is { Length: > 0 })
        {
        }

        await client.GetStream().WriteAsync(System.Text.Encoding.ASCII.GetBytes(statusLine + "\r\n\r\n"));
        return request ?? "";
    }

    private static async Task<(int Code, string Output)> RunAsync(string program, string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await error);
    }
}
