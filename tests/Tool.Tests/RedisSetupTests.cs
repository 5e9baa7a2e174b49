using LastMile.Events.Fabric;
using LastMile.Events.Testing;
using Xunit;

namespace Tool.Tests;

/// <summary>Sets up servers by <c>lastmile setup redis</c>: settings, files and certificates.</summary>
public sealed class RedisSetupTests : RedisSetup
{
    [Fact]
    public async Task Apply_creates_users_and_settings_of_the_primary_and_a_second_run_changes_nothing()
    {
        var result = await ApplyAsync(Primary, "primary");

        Assert.True(result.Code == 0, result.ToString());
        Assert.Contains("To do: maxmemory is not limited.", result.Output);
        Assert.DoesNotContain(Installation.RedisPasswords!.Replica, result.Output + result.Error);
        Assert.Equal("PONG", await Primary.SendAsync(LoginIn(Installation.Redis!.ConnectionString), "PING"));
        await Assert.ThrowsAnyAsync<Exception>(() => Primary.SendAsync("", "PING"));

        var again = await ApplyAsync(Primary, "primary", Administrator);
        Assert.StartsWith("0 changed,", again.Summary);

        // The server has saved both.
        await Primary.RestartAsync();
        Assert.StartsWith("0 changed,", (await ApplyAsync(Primary, "primary", Administrator)).Summary);
        Assert.Equal("save\n300 1", await Primary.SendAsync(Administrator, "CONFIG", "GET", "save"));
    }

    [Theory]
    [InlineData("primary")]
    [InlineData("ams")]
    public async Task A_Redis_in_cluster_mode_is_refused_before_any_change(string name)
    {
        await using var cluster = await BareRedis.StartAsync("cluster-enabled yes");

        var result = await ApplyAsync(cluster, name);

        Assert.Equal(2, result.Code);
        Assert.Contains("cluster mode", result.Error);
        Assert.StartsWith("user default on", await cluster.SendAsync("", "ACL", "LIST"));
    }

    [Theory]
    [InlineData("re plica")]
    [InlineData("a\"b\\n$c#d'e")]
    public async Task A_Redis_starts_with_any_password_of_the_replica(string password)
    {
        Tool.Edit(file => file["RedisPasswords"]!["Replica"] = password);
        await Tool.RunAsync("setup", "redis", "ams", "--output", "ams", "--acl-file", Tool.PathOf("ams", "users.acl"));

        await using var started = await BareRedis.StartAsync($"include {Tool.PathOf("ams", "redis.conf")}", "bind 127.0.0.1");

        Assert.Equal($"masterauth\n{password}", await started.SendAsync(Administrator, "CONFIG", "GET", "masterauth"));
    }

    [Fact]
    public async Task A_server_whose_certificate_a_private_CA_signed_is_set_up()
    {
        using var authority = new TestAuthority();
        using var other = new TestAuthority();
        var port = FreePort.Next();
        await using var secure = await BareRedis.StartAsync(
            $"tls-port {port}", $"tls-cert-file {authority.CertificateFile}", $"tls-key-file {authority.KeyFile}",
            $"tls-ca-cert-file {authority.AuthorityFile}", "tls-auth-clients no");

        Assert.Equal(1, (await ApplyWithAsync(other.AuthorityFile)).Code);
        var missing = await ApplyWithAsync(Tool.PathOf("none.pem"));
        Assert.Equal(2, missing.Code);
        Assert.Contains("none.pem", missing.Error);
        var result = await ApplyWithAsync(authority.AuthorityFile);

        Assert.True(result.Code == 0, result.ToString());
        Assert.Equal("PONG", await secure.SendAsync(LoginIn(Installation.Redis!.ConnectionString), "PING"));

        Task<ToolResult> ApplyWithAsync(string file)
        {
            Tool.Edit(installation => installation["Redis"]!["CaCertificate"] = file);
            return Tool.RunAsync("setup", "redis", "primary", "--apply", "--admin", $"127.0.0.1:{port},ssl=true");
        }
    }

    [Theory]
    [InlineData("rename-command CONFIG \"\"", "CONFIG GET")]
    [InlineData("rename-command ACL \"\"", "ACL LIST")]
    public async Task A_managed_Redis_is_not_changed_and_its_settings_are_printed(string directive, string command)
    {
        await using var managed = await BareRedis.StartAsync(directive);

        var result = await ApplyAsync(managed, "ams");

        Assert.Equal(1, result.Code);
        Assert.Contains($"does not permit {command}", result.Error);
        Assert.Contains("application: on %RW~[^l]*", result.Output);
        Assert.Contains("maxmemory-policy volatile-lru", result.Output);
        Assert.Contains("Topology to Independent", result.Output);
        Assert.DoesNotContain("   at ", result.Error);
        Assert.Equal("PONG", await managed.SendAsync("", "PING"));
    }

    [Fact]
    public async Task A_Redis_starts_with_the_written_files()
    {
        var result = await Tool.RunAsync(
            "setup", "redis", "ams", "--output", "ams", "--acl-file", Tool.PathOf("ams", "users.acl"), "--maxmemory", "32mb");
        Assert.True(result.Code == 0, result.ToString());
        await ApplyAsync(Primary, "primary");

        await using var started = await BareRedis.StartAsync($"include {Tool.PathOf("ams", "redis.conf")}", "bind 127.0.0.1");

        Assert.Equal("PONG", await started.SendAsync(Application, "PING"));
        await Eventually.Async(
            () => started.SendAsync(Agent, "INFO", "replication"), info => info.Contains("master_link_status:up"));
        Assert.Equal($"maxmemory\n{32 << 20}", await started.SendAsync(Administrator, "CONFIG", "GET", "maxmemory"));
        var applied = await ApplyAsync(started, "ams", Administrator);
        Assert.True(applied.Output.Contains("\n0 changed,"), applied.ToString());
    }

    [Fact]
    public async Task Printed_files_hide_passwords_without_show_secrets()
    {
        var replica = Installation.RedisPasswords!.Replica;

        var hidden = await Tool.RunAsync("setup", "redis", "ams");
        var shown = await Tool.RunAsync("setup", "redis", "ams", "--show-secrets");

        Assert.Contains("masterauth \"*****\"", hidden.Output);
        Assert.DoesNotContain(replica, hidden.Output);
        Assert.Contains($"masterauth {replica}", shown.Output);
        Assert.DoesNotContain("--show-secrets", shown.Error);
    }
}
