using LastMile.Events.Tool.Installation;
using Xunit;

namespace Tool.Tests;

public sealed class InitTests : IDisposable
{
    private readonly ToolRun tool = new();

    public void Dispose() => tool.Dispose();

    [Fact]
    public async Task Init_writes_a_valid_file_that_only_its_owner_can_read()
    {
        var result = await tool.RunAsync(
            "init", "--application", "shop", "--regions", "ams=a:6380,syd=s", "--independent", "syd",
            "--postgres", "db:5433/catalog", "--primary", "p:6379", "--rabbitmq", "broker:5671/shop");

        Assert.True(result.Code == 0, result.ToString());
        var read = InstallationFile.Read(tool.Installation);
        Assert.StartsWith("Host=db;Port=5433;Database=catalog;Username=lastmile_invalidator;", read.Postgres.ConnectionString);
        Assert.StartsWith("p:6379,user=lastmile-invalidator,", read.Redis!.ConnectionString);
        Assert.StartsWith("a:6380,user=lastmile-agent,", read.Regions["ams"].Redis.ConnectionString);
        Assert.EndsWith("@broker:5671/shop", read.Regions["syd"].RabbitMq!.Uri);
        Assert.Equal(["Replicated", "Independent"], read.Regions.Values.Select(region => region.Topology));
        Assert.Equal("shop", Assert.Single(read.Applications));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(tool.Installation));
    }

    [Fact]
    public async Task Init_writes_no_primary_if_every_region_is_independent()
    {
        var result = await tool.RunAsync(
            "init", "--application", "shop", "--regions", "ams=a:6379,syd=s:6379", "--independent", "ams,syd",
            "--postgres", "db/shop", "--rabbitmq", "broker:5672/shop", "--invalidator", "http://127.0.0.1:5081");
        var settings = await tool.RunAsync("setup", "invalidator");

        Assert.True(result.Code == 0, result.ToString());
        Assert.DoesNotContain("redis primary", result.Output);
        Assert.Null(InstallationFile.Read(tool.Installation).Redis);
        Assert.True(settings.Code == 0, settings.ToString());
        Assert.Contains("Postgres__ConnectionString=", settings.Output);
        Assert.DoesNotContain("Redis__ConnectionString", settings.Output);
        // The agents may read the purge log while RabbitMQ is away.
        Assert.Equal("http://127.0.0.1:5081", InstallationFile.Read(tool.Installation).Regions["syd"].Log!.Address);
        Assert.Contains("Api__Keys__2__Scopes__0=log", settings.Output);
    }

    [Fact]
    public async Task Init_writes_logins_to_the_primary_for_read_only_regions()
    {
        var result = await tool.RunAsync(
            "init", "--application", "shop", "--regions", "ams=a:6379,syd=s:6379,gru=g:6379", "--read-only", "ams,syd",
            "--independent", "gru", "--postgres", "db/shop", "--primary", "p:6379", "--rabbitmq", "broker:5672/shop");
        var agent = await tool.RunAsync("setup", "region", "ams");

        Assert.True(result.Code == 0, result.ToString());
        var regions = InstallationFile.Read(tool.Installation).Regions;
        Assert.Equal(["ReadOnly", "ReadOnly", "Independent"], regions.Values.Select(region => region.Topology));
        Assert.StartsWith("p:6379,user=lastmile-agent-ams,", regions["ams"].PrimaryRedis!.ConnectionString);
        Assert.StartsWith("p:6379,user=application-syd,", regions["syd"].ApplicationPrimaryRedis);
        Assert.Null(regions["gru"].PrimaryRedis);
        Assert.Contains("replica-read-only yes", agent.Output);
        Assert.Contains("Region__PrimaryConnectionString=p:6379,", agent.Output);
        Assert.Contains("Redis__PrimaryConnectionString=p:6379,", agent.Output);
    }

    [Fact]
    public async Task Init_leaves_a_placeholder_for_the_password_of_an_existing_owner()
    {
        var result = await tool.RunAsync(
            "init", "--application", "shop", "--regions", "ams", "--owner", "shopkeeper", "--postgres", "db/shop",
            "--invalidator", "http://127.0.0.1:5081");

        Assert.Contains("FILL-IN-OWNER-PASSWORD", result.Output);
        await File.WriteAllTextAsync(tool.Installation, (await File.ReadAllTextAsync(tool.Installation))
            .Replace("FILL-IN-OWNER-PASSWORD", "secret", StringComparison.Ordinal));
        var read = InstallationFile.Read(tool.Installation);
        Assert.EndsWith(";Username=shopkeeper;Password=secret", read.Postgres.OwnerConnectionString);
        Assert.Equal(new Uri("http://127.0.0.1:5081"), read.Invalidator!.Address);
    }

    [Theory]
    [InlineData("[::1]/shop", "Host=[::1];Database=shop;")]
    [InlineData("[::1]:5433/shop", "Host=[::1];Port=5433;Database=shop;")]
    public async Task A_database_may_have_an_IPv6_address(string address, string login)
    {
        await tool.RunAsync("init", "--application", "shop", "--regions", "ams", "--postgres", address);

        Assert.StartsWith(login, InstallationFile.Read(tool.Installation).Postgres.ConnectionString);
    }

    [Theory]
    [InlineData("--invalidator", "127.0.0.1:5081", "--invalidator must be an address")]
    [InlineData("--owner", "a;b", "An address or a name contains")]
    public async Task An_invalid_value_is_rejected(string option, string value, string reason)
    {
        var result = await tool.RunAsync("init", "--application", "shop", "--regions", "ams", option, value);

        Assert.Equal(2, result.Code);
        Assert.Contains(reason, result.Error);
    }

    [Fact]
    public async Task Each_login_has_its_own_password()
    {
        await tool.RunAsync("init", "--application", "shop", "--regions", "ams,syd");

        var passwords = System.Text.RegularExpressions.Regex.Matches(
            await File.ReadAllTextAsync(tool.Installation), "[0-9a-f]{32}", System.Text.RegularExpressions.RegexOptions.NonBacktracking)
            .Select(match => match.Value).ToList();

        Assert.Equal(14, passwords.Count);
        Assert.Equal(passwords.Count, passwords.Distinct().Count());
    }

    [Fact]
    public async Task Setup_rejects_an_address_that_is_not_filled_in()
    {
        var written = await tool.RunAsync("init", "--application", "shop", "--regions", "ams", "--primary", "p:6379");
        Assert.Contains("FILL-IN-POSTGRES, FILL-IN-RABBITMQ, FILL-IN-INVALIDATOR, FILL-IN-REDIS-AMS.", written.Output);

        var refused = await tool.RunAsync("setup", "rabbitmq");
        Assert.Equal(2, refused.Code);
        Assert.Equal(
            "lastmile: RabbitMq:Uri is not filled in yet: replace FILL-IN-RABBITMQ in the installation file with the address.",
            refused.Error.Trim());
        // This command does not need that address.
        Assert.Equal(0, (await tool.RunAsync("setup", "redis", "primary")).Code);
    }

    [Fact]
    public async Task An_existing_file_is_never_overwritten()
    {
        await File.WriteAllTextAsync(tool.Installation, "in use");

        var result = await tool.RunAsync("init", "--application", "shop", "--regions", "ams");

        Assert.Equal(2, result.Code);
        Assert.Contains("lastmile.json exists", result.Error);
        Assert.Equal("in use", await File.ReadAllTextAsync(tool.Installation));
    }

    [Theory]
    [InlineData("The name of region 'a.b' is invalid", "shop", "a.b")]
    [InlineData("The name of application 'my shop' is invalid", "my shop", "ams")]
    [InlineData("A region can't be named 'primary'", "shop", "primary")]
    [InlineData("names a region twice", "shop", "ams,ams")]
    [InlineData("--independent names 'gru'", "shop", "ams", "--independent", "gru")]
    [InlineData("--read-only names 'gru'", "shop", "ams", "--read-only", "gru")]
    [InlineData("both name 'ams'", "shop", "ams", "--read-only", "ams", "--independent", "ams")]
    [InlineData("--read-only does not name 'syd'", "shop", "ams,syd", "--read-only", "ams")]
    [InlineData("--postgres must be", "shop", "ams", "--postgres", "db")]
    [InlineData("An address or a name contains", "shop", "ams=redis:6379,ssl=true,gru=\"")]
    public async Task Invalid_choices_write_no_file(string reason, string application, string regions, params string[] more)
    {
        var result = await tool.RunAsync(["init", "--application", application, "--regions", regions, .. more]);

        Assert.Equal(2, result.Code);
        Assert.Contains(reason, result.Error);
        Assert.False(File.Exists(tool.Installation));
    }

    [Fact]
    public async Task Help_ends_with_examples()
    {
        foreach (string[] command in (string[][])[["init"], ["setup"], ["setup", "postgres"], ["setup", "redis"], ["setup", "rabbitmq"],
            ["setup", "region"], ["setup", "invalidator"]])
        {
            var help = await tool.RunAsync([.. command, "--help"]);
            Assert.Contains($"Examples:\n  lastmile {string.Join(' ', command)}", help.Output);
        }
    }
}
