using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using LastMile.Events.Fabric;
using LastMile.Events.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Invalidator.Tests;

public sealed class HealthCommandTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("http://+:8080", "http://127.0.0.1:8080/")]
    [InlineData("http://*:8080/", "http://127.0.0.1:8080/")]
    [InlineData("http://0.0.0.0", "http://127.0.0.1/")]
    [InlineData("http://localhost:8080", "http://127.0.0.1:8080/")]
    [InlineData("http://api.example.org:8080", "http://127.0.0.1:8080/")]
    [InlineData("http://[::]:8080", "http://[::1]:8080/")]
    [InlineData("http://10.1.2.3:8080", "http://10.1.2.3:8080/")]
    [InlineData("https://+:8443; http://+:8080", "http://127.0.0.1:8080/")]
    [InlineData("https://+:8443", "https://127.0.0.1:8443/")]
    [InlineData("http://unix:/run/x.sock;http://+:8080", "http://127.0.0.1:8080/")]
    [InlineData("8080", null)]
    public void The_health_check_prefers_a_local_address_without_TLS(string configured, string? expected) =>
        Assert.Equal(expected, ListeningAddress.Own(configured)?.ToString());

    [Theory]
    [InlineData("http://+:1", "HTTP_PORTS=2", "URLS=http://+:1")]
    [InlineData("http://*:2;https://*:3", "HTTPS_PORTS=3", "HTTP_PORTS=2")]
    [InlineData("http://+:4", "URLS=http://+:1", "Kestrel:Endpoints:Main:Url=http://+:4")]
    [InlineData("http://localhost:5000")]
    public void Endpoints_take_precedence_over_addresses_and_addresses_over_ports(string expected, params string[] settings) =>
        Assert.Equal(expected, ListeningAddress.Find(Configuration(settings)));

    [Theory]
    [InlineData(200, true)]
    [InlineData(503, false)]
    [InlineData(404, false)]
    public async Task A_service_is_ready_only_if_it_answers_with_200(int status, bool ready)
    {
        await using var service = await StartAsync(status, certificate: null);

        Assert.Equal((ready, "the reasons"), await HealthCommand.CheckAsync(Configuration("URLS=" + service.Urls.Single())));
    }

    [Fact]
    public async Task An_https_address_may_have_a_certificate_for_another_name()
    {
        using var key = ECDsa.Create();
        using var certificate = new CertificateRequest("CN=api.example.org", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue);
        await using var service = await StartAsync(200, certificate);

        Assert.True((await HealthCommand.CheckAsync(Configuration("URLS=" + service.Urls.Single()))).Ready);
    }

    [Fact]
    public async Task A_service_that_does_not_answer_within_two_seconds_is_not_ready()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();

        var (ready, text) = await HealthCommand.CheckAsync(Configuration($"URLS=http://{silent.LocalEndpoint}"));

        Assert.False(ready);
        Assert.Contains("No answer within 2 s", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://127.0.0.1:5081/health/ready")]
    [InlineData("http://127.0.0.1:1/health/ready", "URLS=http://+:1", "ASPNETCORE_URLS=http://+:2")]
    // The service reads its appsettings.json after ASPNETCORE_URLS.
    [InlineData("http://127.0.0.1:5081/health/ready", "ASPNETCORE_URLS=http://+:2")]
    public async Task The_health_check_requests_the_address_that_the_service_listens_on(string expected, params string[] environment)
    {
        var program = Path.Combine(
            RunFolder.RepositoryFolder(), "artifacts", "bin", "LastMile.Events.Invalidator", "release", "LastMile.Events.Invalidator.dll");
        var start = new ProcessStartInfo("dotnet", [program, HealthCommand.Argument])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
        };
        foreach (var name in (string[])["URLS", "ASPNETCORE_URLS", "ASPNETCORE_ENVIRONMENT", "DOTNET_ENVIRONMENT"])
            start.Environment.Remove(name);
        foreach (var variable in environment)
            start.Environment[variable.Split('=')[0]] = variable.Split('=')[1];
        using var command = Process.Start(start)!;
        var output = await command.StandardOutput.ReadToEndAsync(Cancel);
        await command.WaitForExitAsync(Cancel);

        Assert.Equal(1, command.ExitCode);
        Assert.StartsWith($"GET {expected}: ", output, StringComparison.Ordinal);
    }

    private static async Task<WebApplication> StartAsync(int status, X509Certificate2? certificate)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, endpoint =>
        {
            if (certificate is not null)
                endpoint.UseHttps(certificate);
        }));
        var service = builder.Build();
        service.MapGet("/health/ready", () => Results.Text("the reasons", statusCode: status));
        await service.StartAsync(Cancel);
        return service;
    }

    private static IConfiguration Configuration(params string[] settings) => new ConfigurationBuilder()
        .AddInMemoryCollection(settings.Select(setting => setting.Split('=', 2))
            .Select(parts => KeyValuePair.Create<string, string?>(parts[0], parts[1])))
        .Build();
}
