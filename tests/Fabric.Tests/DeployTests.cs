using System.Diagnostics;
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
