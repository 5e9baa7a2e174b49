using System.Text.Json.Nodes;
using LastMile.Events.Tool.Installation;
using Xunit;

namespace Tool.Tests;

/// <summary>Sets up the users of a server: logins, passwords, rights.</summary>
public sealed class RedisUsersTests : RedisSetup
{
    [Fact]
    public async Task The_default_user_stays_on_while_a_client_uses_it()
    {
        await using (var application = await Primary.ConnectAsync())
        {
            var result = await ApplyAsync(Primary, "primary");

            Assert.Equal(0, result.Code);
            Assert.Contains("To do: The user default is still on, because clients are logged in as it (127.0.0.1:", result.Output);
            Assert.True(application.GetDatabase().StringSet("x", 1));
            Assert.True(application.GetDatabase().KeyDelete("x"));
            Assert.Equal("PONG", await Primary.SendAsync("", "PING"));
        }

        Assert.Contains("changed    The user default is off.", (await ApplyAsync(Primary, "primary")).Output);
    }

    [Fact]
    public async Task Both_passwords_work_until_the_old_one_is_removed()
    {
        await ApplyAsync(Primary, "primary");
        var old = Administrator;
        var service = LoginIn(Installation.Redis!.ConnectionString);
        Tool.Edit(file =>
        {
            file["Redis"]!["ConnectionString"] = $"{Primary.Address},user=lastmile-invalidator,password=next";
            file["RedisPasswords"]!["Operator"] = "next-operator";
        });

        Assert.StartsWith("2 changed,", (await ApplyAsync(Primary, "primary", old, "--keep-old-passwords")).Summary);
        Assert.Equal("PONG", await Primary.SendAsync(service, "PING"));
        Assert.Equal("PONG", await Primary.SendAsync("user=lastmile-invalidator,password=next", "PING"));

        Assert.StartsWith("2 changed,", (await ApplyAsync(Primary, "primary", Administrator)).Summary);
        await Primary.RestartAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => Primary.SendAsync(service, "PING"));
        Assert.Equal("PONG", await Primary.SendAsync("user=lastmile-invalidator,password=next", "PING"));
    }

    [Fact]
    public async Task A_user_of_another_installation_keeps_its_password_and_rights()
    {
        await ApplyAsync(Primary, "primary");
        await Region.SendAsync("", "ACL", "SETUSER", "application", "on", ">of another installation", "~cart:*", "+get");
        var before = await Region.SendAsync("", "ACL", "LIST");

        var result = await ApplyAsync(Region, "ams");

        Assert.Equal(2, result.Code);
        Assert.Contains("The user application exists with another password", result.Error);
        Assert.Contains("Nothing was changed.", result.Error);
        Assert.Equal(before, await Region.SendAsync("", "ACL", "LIST"));

        Assert.Equal(0, (await ApplyAsync(Region, "ams", "", "--change-passwords")).Code);
        Assert.Equal("PONG", await Region.SendAsync(Application, "PING"));
    }

    [Fact]
    public async Task A_region_is_not_set_up_with_the_logins_of_another()
    {
        await ApplyAsync(Primary, "primary");
        await ApplyAsync(Region, "ams");
        var other = await Tool.RunAsync(
            "init", "--application", "shop", "--regions", "syd=x:6379", "--primary", Primary.Address, "--output", "other.json");
        Assert.Equal(0, other.Code);
        var (agent, redis) = (Agent, InstallationFile.Read(Tool.PathOf("other.json")).Regions["syd"].Redis.ConnectionString);
        Tool.Edit(file => file["Regions"]!["syd"] = new JsonObject
        {
            ["Redis"] = new JsonObject { ["ConnectionString"] = redis },
        });

        var result = await ApplyAsync(Region, "syd", Administrator);

        Assert.Equal(2, result.Code);
        Assert.Contains("The user lastmile-agent exists with another password", result.Error);
        Assert.Equal("PONG", await Region.SendAsync(agent, "PING"));
    }

    [Fact]
    public async Task A_wrong_login_is_reported()
    {
        var result = await ApplyAsync(Primary, "primary", "user=unknown,password=wrong-password");

        Assert.Equal(1, result.Code);
        Assert.Contains("refuses the login of unknown: wrong password, or no such user.", result.Error);
        Assert.DoesNotContain("wrong-password", result.Error);
    }

    [Theory]
    [InlineData("lm:", "ms")]
    [InlineData("s[h]-^*?\\:", "s[h]-^x")]
    public async Task The_rights_of_an_application_follow_the_key_prefix(string prefix, string similar)
    {
        Tool.Edit(file => file["Redis"]!["KeyPrefix"] = prefix);
        await ApplyAsync(Primary, "primary");
        Assert.Equal(0, (await ApplyAsync(Region, "ams")).Code);

        Assert.Equal("OK", await DryRunAsync("SET", similar + ":7", "x"));
        Assert.Equal("OK", await DryRunAsync("SET", "product:7", "x"));
        Assert.Equal("OK", await DryRunAsync("GET", prefix + "main:tag:x"));
        Assert.Equal("OK", await DryRunAsync("PUBLISH", prefix + "main:purged", "x"));
        Assert.NotEqual("OK", await DryRunAsync("SET", prefix + "main:tag:x", "x"));
        Assert.NotEqual("OK", await DryRunAsync("SET", prefix + "main:watermark", "x"));
        Assert.NotEqual("OK", await DryRunAsync("GET", prefix + "main:applied"));
        Assert.NotEqual("OK", await DryRunAsync("PUBLISH", prefix + "main:watermark", "x"));

        Task<string> DryRunAsync(params string[] command) => Region.SendAsync(Administrator, ["ACL", "DRYRUN", "application", .. command]);
    }

    [Fact]
    public async Task An_application_has_the_additional_rights_of_the_file()
    {
        Tool.Edit(file => file["ApplicationRedisRules"] = "+hset +hget");
        await ApplyAsync(Primary, "primary");
        await ApplyAsync(Region, "ams");

        Assert.Equal("OK", await Region.SendAsync(Administrator, "ACL", "DRYRUN", "application", "HSET", "page:1", "a", "b"));
        Assert.NotEqual("OK", await Region.SendAsync(Administrator, "ACL", "DRYRUN", "application", "HDEL", "page:1", "a"));
        Assert.NotEqual("OK", await Region.SendAsync(Administrator, "ACL", "DRYRUN", "lastmile-agent", "HSET", "page:1", "a", "b"));
        Assert.StartsWith("0 changed,", (await ApplyAsync(Region, "ams", Administrator)).Summary);
    }
}
