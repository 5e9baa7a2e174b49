using System.Text.Json.Nodes;
using LastMile.Events.Fabric;
using LastMile.Events.Testing;
using LastMile.Events.Tool.Installation;
using Xunit;

namespace Tool.Tests;

public sealed class RedisSetupTests : IAsyncLifetime
{
    private readonly ToolRun tool = new();
    private BareRedis primary = null!;
    private BareRedis region = null!;

    private InstallationSettings Installation => InstallationFile.Read(tool.Installation);

    private string Administrator => $"user=operator,password={Installation.RedisPasswords!.Operator}";

    private string Agent => LoginIn(Installation.Regions["ams"].Redis.ConnectionString);

    private string Application => LoginIn(Installation.Regions["ams"].ApplicationRedis!);

    public async ValueTask InitializeAsync()
    {
        primary = await BareRedis.StartAsync();
        region = await BareRedis.StartAsync();
        var result = await tool.RunAsync(
            "init", "--application", "shop", "--regions", $"ams={region.Address}", "--primary", primary.Address);
        Assert.Equal(0, result.Code);
    }

    public async ValueTask DisposeAsync()
    {
        tool.Dispose();
        await primary.DisposeAsync();
        await region.DisposeAsync();
    }

    [Fact]
    public async Task Apply_creates_users_and_settings_of_the_primary_and_a_second_run_changes_nothing()
    {
        var result = await ApplyAsync(primary, "primary");

        Assert.True(result.Code == 0, result.ToString());
        Assert.Contains("To do: maxmemory is not limited.", result.Output);
        Assert.DoesNotContain(Installation.RedisPasswords!.Replica, result.Output + result.Error);
        Assert.Equal("PONG", await primary.SendAsync(LoginIn(Installation.Redis.ConnectionString), "PING"));
        await Assert.ThrowsAnyAsync<Exception>(() => primary.SendAsync("", "PING"));

        var again = await ApplyAsync(primary, "primary", Administrator);
        Assert.StartsWith("0 changed,", again.Summary);

        // The server has saved both.
        await primary.RestartAsync();
        Assert.StartsWith("0 changed,", (await ApplyAsync(primary, "primary", Administrator)).Summary);
        Assert.Equal("save\n300 1", await primary.SendAsync(Administrator, "CONFIG", "GET", "save"));
    }

    [Fact]
    public async Task A_region_that_holds_data_is_not_erased_without_consent()
    {
        await region.SendAsync("", "SET", "cart:1", "dear");

        var silent = await ApplyAsync(region, "ams");
        Assert.Equal(2, silent.Code);
        Assert.Contains($"The Redis at {region.Address} holds 1 key (", silent.Error);
        Assert.Contains("add --yes-erase ams. Nothing was changed.", silent.Error);
        var other = await ApplyAsync(region, "ams", "", "--yes-erase", "syd");
        Assert.Equal(2, other.Code);

        Assert.Equal("dear", await region.SendAsync("", "GET", "cart:1"));
        Assert.Contains("role:master", await region.SendAsync("", "INFO", "replication"));
        Assert.StartsWith("user default on", await region.SendAsync("", "ACL", "LIST"));
        Assert.Equal("replica-read-only\nyes", await region.SendAsync("", "CONFIG", "GET", "replica-read-only"));
    }

    [Fact]
    public async Task A_region_becomes_a_writable_replica_with_consent_and_a_second_run_changes_nothing()
    {
        await ApplyAsync(primary, "primary");
        await primary.SendAsync(Administrator, "SET", "lm:watermark", "1-1");
        await region.SendAsync("", "SET", "cart:1", "dear");

        var result = await ApplyAsync(region, "ams", "", "--yes-erase", "ams", "--maxmemory", "64mb");

        Assert.True(result.Code == 0, result.ToString());
        Assert.Contains($"changed    The server replicates from {primary.Address}.", result.Output);
        Assert.DoesNotContain("To do", result.Output);
        Assert.Equal("1-1", await region.SendAsync(Application, "GET", "lm:watermark"));
        Assert.Equal("", await region.SendAsync(Agent, "GET", "cart:1"));
        Assert.Contains("slave_read_only:0", await region.SendAsync(Agent, "INFO", "replication"));

        // A region that is set up keeps its entries.
        Assert.StartsWith("0 changed,", (await ApplyAsync(region, "ams", Administrator, "--maxmemory", "64mb")).Summary);
    }

    [Fact]
    public async Task An_empty_Redis_becomes_a_region_without_consent()
    {
        await ApplyAsync(primary, "primary");

        Assert.Equal(0, (await ApplyAsync(region, "ams")).Code);
        Assert.Contains("master_link_status:up", await region.SendAsync(Agent, "INFO", "replication"));
    }

    [Fact]
    public async Task The_default_user_stays_on_while_a_client_uses_it()
    {
        await using (var application = await primary.ConnectAsync())
        {
            var result = await ApplyAsync(primary, "primary");

            Assert.Equal(0, result.Code);
            Assert.Contains("To do: The user default is still on, because clients are logged in as it (127.0.0.1:", result.Output);
            Assert.True(application.GetDatabase().StringSet("x", 1));
            Assert.True(application.GetDatabase().KeyDelete("x"));
            Assert.Equal("PONG", await primary.SendAsync("", "PING"));
        }

        Assert.Contains("changed    The user default is off.", (await ApplyAsync(primary, "primary")).Output);
    }

    [Fact]
    public async Task An_independent_region_keeps_its_settings_its_replicas_and_its_default_user()
    {
        tool.Edit(file => file["Regions"]!["ams"]!["Topology"] = "Independent");
        // It is empty now, but an application may be about to use it.
        await region.SendAsync("", "CONFIG", "SET", "maxmemory-policy", "allkeys-lru");
        // The region's own standby.
        await primary.SendAsync("", "REPLICAOF", "127.0.0.1", region.Address.Split(':')[1]);

        var result = await ApplyAsync(region, "ams");

        Assert.True(result.Code == 0, result.ToString());
        Assert.Contains("To do: maxmemory-policy is allkeys-lru", result.Output);
        Assert.Contains("To do: The user default is still on, because applications may log in as it", result.Output);
        Assert.Equal("replica-priority\n100", await region.SendAsync("", "CONFIG", "GET", "replica-priority"));
        Assert.Equal("masteruser\n", await region.SendAsync("", "CONFIG", "GET", "masteruser"));
        Assert.Equal("PONG", await region.SendAsync(Agent, "PING"));

        await primary.SendAsync("", "REPLICAOF", "NO", "ONE");
        await Eventually.Async(
            async () => (await ApplyAsync(region, "ams", "", "--turn-off-default")).Output,
            output => output.Contains("changed    The user default is off.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Both_passwords_work_until_the_old_one_is_removed()
    {
        await ApplyAsync(primary, "primary");
        var old = Administrator;
        var service = LoginIn(Installation.Redis.ConnectionString);
        tool.Edit(file =>
        {
            file["Redis"]!["ConnectionString"] = $"{primary.Address},user=lastmile-invalidator,password=next";
            file["RedisPasswords"]!["Operator"] = "next-operator";
        });

        Assert.StartsWith("2 changed,", (await ApplyAsync(primary, "primary", old, "--keep-old-passwords")).Summary);
        Assert.Equal("PONG", await primary.SendAsync(service, "PING"));
        Assert.Equal("PONG", await primary.SendAsync("user=lastmile-invalidator,password=next", "PING"));

        Assert.StartsWith("2 changed,", (await ApplyAsync(primary, "primary", Administrator)).Summary);
        await primary.RestartAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => primary.SendAsync(service, "PING"));
        Assert.Equal("PONG", await primary.SendAsync("user=lastmile-invalidator,password=next", "PING"));
    }

    [Fact]
    public async Task A_user_of_another_installation_keeps_its_password_and_rights()
    {
        await ApplyAsync(primary, "primary");
        await region.SendAsync("", "ACL", "SETUSER", "application", "on", ">of another installation", "~cart:*", "+get");
        var before = await region.SendAsync("", "ACL", "LIST");

        var result = await ApplyAsync(region, "ams");

        Assert.Equal(2, result.Code);
        Assert.Contains("The user application exists with another password", result.Error);
        Assert.Contains("Nothing was changed.", result.Error);
        Assert.Equal(before, await region.SendAsync("", "ACL", "LIST"));

        Assert.Equal(0, (await ApplyAsync(region, "ams", "", "--change-passwords")).Code);
        Assert.Equal("PONG", await region.SendAsync(Application, "PING"));
    }

    [Fact]
    public async Task A_region_is_not_set_up_with_the_logins_of_another()
    {
        await ApplyAsync(primary, "primary");
        await ApplyAsync(region, "ams");
        var other = await tool.RunAsync(
            "init", "--application", "shop", "--regions", "syd=x:6379", "--primary", primary.Address, "--output", "other.json");
        Assert.Equal(0, other.Code);
        var (agent, redis) = (Agent, InstallationFile.Read(tool.PathOf("other.json")).Regions["syd"].Redis.ConnectionString);
        tool.Edit(file => file["Regions"]!["syd"] = new JsonObject
        {
            ["Redis"] = new JsonObject { ["ConnectionString"] = redis },
        });

        var result = await ApplyAsync(region, "syd", Administrator);

        Assert.Equal(2, result.Code);
        Assert.Contains("The user lastmile-agent exists with another password", result.Error);
        Assert.Equal("PONG", await region.SendAsync(agent, "PING"));
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

    [Fact]
    public async Task The_primary_is_not_made_a_replica_of_itself()
    {
        var result = await ApplyAsync(primary, "ams");

        Assert.Equal(2, result.Code);
        Assert.Contains("is the primary", result.Error);
        Assert.Contains("role:master", await primary.SendAsync("", "INFO", "replication"));
        Assert.StartsWith("user default on", await primary.SendAsync("", "ACL", "LIST"));
    }

    [Theory]
    [InlineData("re plica")]
    [InlineData("a\"b\\n$c#d'e")]
    public async Task A_Redis_starts_with_any_password_of_the_replica(string password)
    {
        tool.Edit(file => file["RedisPasswords"]!["Replica"] = password);
        await tool.RunAsync("setup", "redis", "ams", "--output", "ams", "--acl-file", tool.PathOf("ams", "users.acl"));

        await using var started = await BareRedis.StartAsync($"include {tool.PathOf("ams", "redis.conf")}", "bind 127.0.0.1");

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
        var missing = await ApplyWithAsync(tool.PathOf("none.pem"));
        Assert.Equal(2, missing.Code);
        Assert.Contains("none.pem", missing.Error);
        var result = await ApplyWithAsync(authority.AuthorityFile);

        Assert.True(result.Code == 0, result.ToString());
        Assert.Equal("PONG", await secure.SendAsync(LoginIn(Installation.Redis.ConnectionString), "PING"));

        Task<ToolResult> ApplyWithAsync(string file)
        {
            tool.Edit(installation => installation["Redis"]!["CaCertificate"] = file);
            return tool.RunAsync("setup", "redis", "primary", "--apply", "--admin", $"127.0.0.1:{port},ssl=true");
        }
    }

    [Fact]
    public async Task A_server_other_than_the_intended_one_is_rejected()
    {
        // Another name of the primary, so that its replicas give it away.
        tool.Edit(file => file["Regions"]!["ams"]!["ReplicaOf"] = $"localhost:{primary.Port}");
        await ApplyAsync(primary, "primary");
        await ApplyAsync(region, "ams");

        var asRegion = await ApplyAsync(primary, "ams", Administrator, "--yes-erase", "ams");
        Assert.Equal(2, asRegion.Code);
        Assert.Contains("has replicas (1), so it looks like the primary", asRegion.Error);
        var asPrimary = await ApplyAsync(region, "primary", Administrator);
        Assert.Equal(2, asPrimary.Code);
        Assert.Contains("looks like a region", asPrimary.Error);
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
    public async Task A_wrong_login_is_reported()
    {
        var result = await ApplyAsync(primary, "primary", "user=nobody,password=wrong-password");

        Assert.Equal(1, result.Code);
        Assert.Contains("refuses the login of nobody: wrong password, or no such user.", result.Error);
        Assert.DoesNotContain("wrong-password", result.Error);
    }

    [Fact]
    public async Task A_Redis_starts_with_the_written_files()
    {
        var result = await tool.RunAsync(
            "setup", "redis", "ams", "--output", "ams", "--acl-file", tool.PathOf("ams", "users.acl"), "--maxmemory", "32mb");
        Assert.True(result.Code == 0, result.ToString());
        await ApplyAsync(primary, "primary");

        await using var started = await BareRedis.StartAsync($"include {tool.PathOf("ams", "redis.conf")}", "bind 127.0.0.1");

        Assert.Equal("PONG", await started.SendAsync(Application, "PING"));
        await LastMile.Events.Testing.Eventually.Async(
            () => started.SendAsync(Agent, "INFO", "replication"), info => info.Contains("master_link_status:up"));
        Assert.Equal($"maxmemory\n{32 << 20}", await started.SendAsync(Administrator, "CONFIG", "GET", "maxmemory"));
        var applied = await ApplyAsync(started, "ams", Administrator);
        Assert.True(applied.Output.Contains("\n0 changed,"), applied.ToString());
    }

    [Fact]
    public async Task Printed_files_hide_passwords_without_show_secrets()
    {
        var replica = Installation.RedisPasswords!.Replica;

        var hidden = await tool.RunAsync("setup", "redis", "ams");
        var shown = await tool.RunAsync("setup", "redis", "ams", "--show-secrets");

        Assert.Contains("masterauth \"*****\"", hidden.Output);
        Assert.DoesNotContain(replica, hidden.Output);
        Assert.Contains($"masterauth {replica}", shown.Output);
        Assert.DoesNotContain("--show-secrets", shown.Error);
    }

    [Theory]
    [InlineData("lm:", "ms")]
    [InlineData("s[h]-^*?\\:", "s[h]-^x")]
    public async Task The_rights_of_an_application_follow_the_key_prefix(string prefix, string similar)
    {
        tool.Edit(file => file["Redis"]!["KeyPrefix"] = prefix);
        await ApplyAsync(primary, "primary");
        Assert.Equal(0, (await ApplyAsync(region, "ams")).Code);

        Assert.Equal("OK", await DryRunAsync("SET", similar + ":7", "x"));
        Assert.Equal("OK", await DryRunAsync("SET", "product:7", "x"));
        Assert.Equal("OK", await DryRunAsync("GET", prefix + "tag:x"));
        Assert.Equal("OK", await DryRunAsync("PUBLISH", prefix + "purged", "x"));
        Assert.NotEqual("OK", await DryRunAsync("SET", prefix + "tag:x", "x"));
        Assert.NotEqual("OK", await DryRunAsync("SET", prefix + "watermark", "x"));
        Assert.NotEqual("OK", await DryRunAsync("GET", prefix + "applied"));
        Assert.NotEqual("OK", await DryRunAsync("PUBLISH", prefix + "watermark", "x"));

        Task<string> DryRunAsync(params string[] command) => region.SendAsync(Administrator, ["ACL", "DRYRUN", "application", .. command]);
    }

    [Fact]
    public async Task An_application_has_the_additional_rights_of_the_file()
    {
        tool.Edit(file => file["ApplicationRedisRules"] = "+hset +hget");
        await ApplyAsync(primary, "primary");
        await ApplyAsync(region, "ams");

        Assert.Equal("OK", await region.SendAsync(Administrator, "ACL", "DRYRUN", "application", "HSET", "page:1", "a", "b"));
        Assert.NotEqual("OK", await region.SendAsync(Administrator, "ACL", "DRYRUN", "application", "HDEL", "page:1", "a"));
        Assert.NotEqual("OK", await region.SendAsync(Administrator, "ACL", "DRYRUN", "lastmile-agent", "HSET", "page:1", "a", "b"));
        Assert.StartsWith("0 changed,", (await ApplyAsync(region, "ams", Administrator)).Summary);
    }

    [Fact]
    public async Task A_replica_of_another_primary_is_not_moved_without_consent()
    {
        await ApplyAsync(primary, "primary");
        await ApplyAsync(region, "ams");
        await region.SendAsync(Application, "EVAL", "return redis.call('SET', KEYS[1], 'x')", "1", "cart:1");
        tool.Edit(file => file["Regions"]!["ams"]!["ReplicaOf"] = "127.0.0.1:1");

        var result = await ApplyAsync(region, "ams", Administrator);

        Assert.Equal(2, result.Code);
        Assert.Contains($"It replicates from {primary.Address} now; if that is the primary, set ReplicaOf to that address.", result.Error);
        Assert.Equal("x", await region.SendAsync(Application, "GET", "cart:1"));
    }

    private Task<ToolResult> ApplyAsync(BareRedis server, string name, string login = "", params string[] more) =>
        tool.RunAsync(["setup", "redis", name, "--apply", "--admin", $"{server.Address},{login}", .. more]);

    private static string LoginIn(string connectionString) => connectionString[(connectionString.IndexOf(',') + 1)..];
}
