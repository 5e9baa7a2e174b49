using System.Collections.Concurrent;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using LastMile.Events.Fabric;
using LastMile.Events.Testing;
using Microsoft.Extensions.Options;
using StackExchange.Redis;
using Xunit;

namespace Caching.Tests;

/// <summary>Tests that the purge feed follows every TLS setting of StackExchange.Redis, as the connection for the data does.</summary>
public sealed class TlsTests : IAsyncLifetime
{
    private readonly SharedServers servers;
    private readonly TestAuthority authority = new();
    private readonly int port = FreePort.Next();

    public TlsTests(SharedServers servers) => this.servers = servers;

    public async ValueTask InitializeAsync() => Assert.SkipWhen(
        await ServerChoice.DecideAsync(TestContext.Current.CancellationToken) == ServerSource.Docker,
        "A container can't read the certificate files.");

    public ValueTask DisposeAsync()
    {
        authority.Dispose();
        return default;
    }

    [Fact]
    public async Task A_trusted_issuer_is_accepted_and_another_is_not()
    {
        await StartServerAsync();
        using var other = new TestAuthority();

        Assert.True(await ConnectsAsync(redis => redis.TrustIssuer(authority.AuthorityFile)));
        Assert.False(await ConnectsAsync(redis => redis.TrustIssuer(other.AuthorityFile)));
        Assert.False(await ConnectsAsync(_ => { }));
    }

    [Fact]
    public async Task A_handler_decides_about_the_servers_certificate()
    {
        await StartServerAsync();

        Assert.True(await ConnectsAsync(redis => redis.CertificateValidation += IsServer));
        Assert.False(await ConnectsAsync(redis => redis.CertificateValidation += (_, _, _, _) => false));
    }

    [Fact]
    public async Task The_servers_certificate_must_have_the_configured_name()
    {
        await StartServerAsync();

        Assert.True(await ConnectsAsync(redis => Trust(redis).SslHost = TestAuthority.HostName));
        Assert.False(await ConnectsAsync(redis => Trust(redis).SslHost = "other.test"));
    }

    [Fact]
    public async Task A_client_certificate_is_sent()
    {
        await StartServerAsync(("tls-auth-clients", "yes"));
        using var certificate = X509CertificateLoader.LoadPkcs12(
            X509Certificate2.CreateFromPemFile(authority.CertificateFile, authority.KeyFile).Export(X509ContentType.Pfx), null);

        Assert.False(await ConnectsAsync(redis => Trust(redis)));
        Assert.True(await ConnectsAsync(
            redis => Trust(redis).SetUserPemCertificate(authority.CertificateFile, authority.KeyFile)));
        Assert.True(await ConnectsAsync(redis => Trust(redis).CertificateSelection += (_, _, _, _, _) => certificate));
    }

    [Theory]
    [InlineData(SslProtocols.Tls12, false)]
    [InlineData(SslProtocols.Tls13, true)]
    public async Task Only_the_configured_protocols_are_used(SslProtocols protocols, bool connects)
    {
        await StartServerAsync(("tls-protocols", "TLSv1.3"));

        Assert.Equal(connects, await ConnectsAsync(redis =>
        {
            redis.CertificateValidation += IsServer;
            redis.SslProtocols = protocols;
        }));
    }

    [Theory]
    [InlineData(null, true, X509RevocationMode.NoCheck)]
    [InlineData(SslProtocols.Tls13, true, X509RevocationMode.Online)]
    [InlineData(SslProtocols.Tls13, false, X509RevocationMode.NoCheck)]
    public async Task Revocation_is_checked_as_StackExchange_Redis_does(SslProtocols? protocols, bool check, X509RevocationMode expected)
    {
        await StartServerAsync();
        var modes = new ConcurrentQueue<X509RevocationMode>();

        Assert.True(await ConnectsAsync(redis =>
        {
            (redis.SslProtocols, redis.CheckCertificateRevocation) = (protocols, check);
            redis.CertificateValidation += (sender, certificate, chain, errors) =>
            {
                modes.Enqueue(chain!.ChainPolicy.RevocationMode);
                return IsServer(sender, certificate, chain, errors);
            };
        }));

        // One for each connection.
        Assert.InRange(modes.Count, 2, int.MaxValue);
        Assert.All(modes, mode => Assert.Equal(expected, mode));
    }

    [Theory]
    [InlineData(TestAuthority.HostName, true)]
    [InlineData("other.test", false)]
    public async Task The_options_of_the_runtime_come_before_all_others(string host, bool connects)
    {
        await StartServerAsync();
        using var issuer = X509CertificateLoader.LoadCertificateFromFile(authority.AuthorityFile);
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(issuer);

        Assert.Equal(connects, await ConnectsAsync(redis => redis.SslClientAuthenticationOptions = _ => new SslClientAuthenticationOptions
        {
            TargetHost = host,
            CertificateChainPolicy = policy,
        }));
    }

    [Fact]
    public async Task A_tunnel_stops_the_application_at_its_start()
    {
        await using var process = new CacheProcess("127.0.0.1:1,tunnel=http:127.0.0.1:2");

        var failure = await Assert.ThrowsAsync<OptionsValidationException>(() => process.StartAsync(waitForPurges: false));

        Assert.Contains("tunnel", Assert.Single(failure.Failures), StringComparison.Ordinal);
    }

    // Returns whether the process receives purges and keeps a value, which needs both connections.
    private async Task<bool> ConnectsAsync(Action<ConfigurationOptions> configure)
    {
        var options = ConfigurationOptions.Parse($"127.0.0.1:{port},ssl=true,connectTimeout=5000");
        configure(options);
        await using var process = new CacheProcess("127.0.0.1:1", cache =>
        {
            cache.RegionConfiguration = options;
            cache.RequireAgent = false;
        });
        await process.StartAsync(waitForPurges: false);
        await Eventually.Async(() => process.ReceivesPurges || process.Warnings.Count > 0);
        if (!process.ReceivesPurges)
            return false;

        await Eventually.Async(async () =>
        {
            await process.Cache.GetOrCreateAsync("key", _ => ValueTask.FromResult("v1"));
            return process.Holds("key");
        });
        return true;
    }

    private static bool IsServer(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors) =>
        certificate?.Subject == "CN=server";

    private ConfigurationOptions Trust(ConfigurationOptions redis)
    {
        redis.TrustIssuer(authority.AuthorityFile);
        return redis;
    }

    private Task<RedisServer> StartServerAsync(params (string Name, string Value)[] settings)
    {
        var config = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["tls-port"] = $"{port}",
            ["tls-cert-file"] = authority.CertificateFile,
            ["tls-key-file"] = authority.KeyFile,
            ["tls-ca-cert-file"] = authority.AuthorityFile,
            ["tls-auth-clients"] = "no",
        };
        foreach (var (name, value) in settings)
            config[name] = value;
        return servers.StartRedisAsync(config: config);
    }
}
