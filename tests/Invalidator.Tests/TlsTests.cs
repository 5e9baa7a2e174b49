using LastMile.Events.Fabric;
using LastMile.Events.Testing;
using Npgsql;
using Xunit;

namespace Invalidator.Tests;

/// <summary>Tests TLS connections to all three servers, with certificates from a private authority.</summary>
public sealed class TlsTests(SharedServers servers)
{
    [Fact]
    public async Task The_service_trusts_only_the_configured_authority()
    {
        Assert.SkipWhen(
            await ServerChoice.DecideAsync(TestContext.Current.CancellationToken) == ServerSource.Docker,
            "A container can't read the certificate files.");
        using var authority = new TestAuthority();
        using var otherAuthority = new TestAuthority();
        var tlsPort = FreePort.Next();
        var postgres = await StartPostgresAsync(authority);
        await using var world = await World.CreateAsync(servers, Redis(authority, tlsPort), postgres);
        await using var relay = new TlsRelay(world.InvalidatorAmqp.Port, authority);

        await using (var trusting = await RunningInvalidator.StartReadyAsync(world, Settings(world, relay, tlsPort, authority)))
        {
            await world.CacheAsync("product:1");
            await world.ExecuteAsync("insert into products values (1, 'one', 1)");
            await world.GoneAsync("product:1");
            Assert.True(await world.ScalarAsync<bool>(
                "select bool_and(ssl) from pg_stat_ssl join pg_stat_activity using (pid) "
                + "where application_name = 'lastmile-invalidator'"));
        }

        // The first attempt fails for another reason, which the service must not keep reporting.
        await world.Primary.Process.KillAsync();
        await using var distrusting = await RunningInvalidator.StartAsync(world, Settings(world, relay, tlsPort, otherAuthority));
        await distrusting.MissesAsync("redis-primary");
        await world.Primary.Process.StartAsync();
        await distrusting.MissesAsync("postgres", "Postgres:ConnectionString");
        await distrusting.MissesAsync("redis-primary", "the CA in Redis:CaCertificate");
        await distrusting.MissesAsync("rabbitmq", "the CA in RabbitMq:CaCertificate");
    }

    private static (string, string?)[] Settings(World world, TlsRelay relay, int tlsPort, TestAuthority trusted)
    {
        var postgres = new NpgsqlConnectionStringBuilder(world.Database)
        {
            SslMode = SslMode.VerifyFull,
            RootCertificate = trusted.AuthorityFile,
        };
        return
        [
            ("Postgres:ConnectionString", postgres.ConnectionString),
            ("Redis:ConnectionString",
                $"127.0.0.1:{tlsPort},ssl=true,connectTimeout=1000,{world.Primary.Users.Login(RedisUser.Invalidator)}"),
            ("Redis:CaCertificate", trusted.AuthorityFile),
            ("RabbitMq:Uri", new UriBuilder(world.InvalidatorAmqp) { Scheme = "amqps", Port = relay.Port }.Uri.AbsoluteUri),
            ("RabbitMq:CaCertificate", trusted.AuthorityFile),
        ];
    }

    private static Dictionary<string, string> Redis(TestAuthority authority, int tlsPort) => new(StringComparer.Ordinal)
    {
        ["tls-port"] = $"{tlsPort}",
        ["tls-cert-file"] = authority.CertificateFile,
        ["tls-key-file"] = authority.KeyFile,
        ["tls-ca-cert-file"] = authority.AuthorityFile,
        ["tls-auth-clients"] = "no",
    };

    // Starts a separate server, because turning TLS on would switch every client of the shared server to TLS.
    private async Task<string> StartPostgresAsync(TestAuthority authority)
    {
        var server = (await servers.StartPostgresAsync()).ConnectionString;
        await using var source = NpgsqlDataSource.Create(server);
        await using var connection = await source.OpenConnectionAsync();
        foreach (var (file, setting) in new[] { (authority.CertificateFile, "ssl_cert_file"), (authority.KeyFile, "ssl_key_file") })
        {
            // The server writes the files itself, because it requires a key file that only its own user can read.
            var lines = $"select unnest(string_to_array('{await File.ReadAllTextAsync(file)}', E'\n'))";
            await ExecuteAsync($"copy ({lines}) to program 'umask 077; cat > {setting}'");
            await ExecuteAsync($"alter system set {setting} = '{setting}'");
        }

        await ExecuteAsync("alter system set ssl = on");
        await ExecuteAsync("select pg_reload_conf()");
        return server;

        async Task ExecuteAsync(string sql)
        {
            await using var command = new NpgsqlCommand(sql, connection);
            await command.ExecuteNonQueryAsync();
        }
    }
}
