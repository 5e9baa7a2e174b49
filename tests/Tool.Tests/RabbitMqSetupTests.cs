using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using LastMile.Events.Fabric;
using LastMile.Events.Testing;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using Xunit;

namespace Tool.Tests;

public sealed class RabbitMqSetupTests(SharedServers servers) : IAsyncLifetime
{
    // Users belong to the whole broker, so each test has its own. Their names need escapes in URIs.
    private readonly string suffix = $"\"{Guid.NewGuid():N}/";
    private readonly ToolRun tool = new();
    private readonly HttpClient http = new();
    private string admin = null!;
    private Uri broker = null!;

    private string VirtualHost => "shop " + suffix;

    public async ValueTask InitializeAsync()
    {
        var management = await servers.ManagementAsync();
        (admin, broker) = (management.AbsoluteUri, await servers.CreateVirtualHostAsync());
        http.BaseAddress = new(management.GetLeftPart(UriPartial.Authority));
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(management.UserInfo)));
        var result = await tool.RunAsync("init", "--application", "shop", "--regions", "ams,syd", "--rabbitmq", "x/");
        Assert.Equal(0, result.Code);
        tool.Edit(file =>
        {
            file["RabbitMq"]!["Uri"] = LoginAs("relay" + suffix, "pass:word@/\"");
            foreach (var region in (string[])["ams", "syd"])
                file["Regions"]![region]!["RabbitMq"]!["Uri"] = LoginAs(region + suffix, "agent");
            file["ApplicationRabbitMq"] = new JsonObject
            {
                ["shop"] = LoginAs("shop" + suffix, "shop"),
                ["back-office"] = LoginAs("office" + suffix, "office"),
            };
        });
    }

    public ValueTask DisposeAsync()
    {
        tool.Dispose();
        http.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Apply_creates_the_virtual_host_and_its_users_and_a_second_run_changes_nothing()
    {
        var result = await ApplyAsync();

        Assert.True(result.Code == 0, result.ToString());
        Assert.Equal("11 changed, 0 unchanged.", result.Summary);
        await using var agent = await ConnectAsync("syd" + suffix, "agent");
        await using var channel = await agent.CreateChannelAsync();
        await channel.QueueDeclareAsync("lastmile.region.syd", durable: true, exclusive: false, autoDelete: false);
        await Assert.ThrowsAsync<OperationInterruptedException>(() => channel.QueueDeclareAsync("lastmile.region.ams"));
        Assert.Equal("0 changed, 11 unchanged.", (await ApplyAsync()).Summary);
    }

    [Fact]
    public async Task Each_application_has_its_own_queues_and_the_Invalidator_may_respond_to_both()
    {
        await ApplyAsync();

        var (relay, office) = (await PermissionsAsync("relay"), await PermissionsAsync("office"));
        Assert.Contains(@"|shop\..*|back-office\..*|", relay["write"]!.GetValue<string>());
        Assert.Contains(@"|back-office\..*|", office["write"]!.GetValue<string>());
        Assert.DoesNotContain("shop", office["configure"]!.GetValue<string>());
        Assert.DoesNotContain("storefront", relay.ToJsonString());
    }

    [Fact]
    public async Task A_changed_password_in_the_file_replaces_the_one_in_use_and_keeps_the_tags_of_the_user()
    {
        await ApplyAsync();
        var path = $"api/users/{Uri.EscapeDataString("shop" + suffix)}";
        using var tagged = await http.PutAsJsonAsync(path, new { password = "shop", tags = "monitoring" });
        tool.Edit(file => file["ApplicationRabbitMq"]!["shop"] = LoginAs("shop" + suffix, "next"));

        Assert.Equal("1 changed, 10 unchanged.", (await ApplyAsync("--change-passwords")).Summary);

        await using var connection = await ConnectAsync("shop" + suffix, "next");
        await Assert.ThrowsAsync<BrokerUnreachableException>(() => ConnectAsync("shop" + suffix, "shop"));
        Assert.Contains("monitoring", await http.GetStringAsync(path));
    }

    [Fact]
    public async Task A_user_of_another_installation_keeps_its_password()
    {
        var path = $"api/users/{Uri.EscapeDataString("shop" + suffix)}";
        using var created = await http.PutAsJsonAsync(path, new { password = "of another installation", tags = "" });
        var before = await http.GetStringAsync(path);

        var result = await ApplyAsync();

        Assert.Equal(2, result.Code);
        Assert.Contains($"The user shop{suffix} exists with another password", result.Error);
        Assert.Contains("Nothing was changed.", result.Error);
        Assert.Equal(before, await http.GetStringAsync(path));
        Assert.DoesNotContain("relay" + suffix.Replace("\"", "\\\"", StringComparison.Ordinal), await http.GetStringAsync("api/users"));
    }

    [Fact]
    public async Task The_printed_definitions_can_be_imported_and_contain_no_password()
    {
        var definitions = await tool.RunAsync("setup", "rabbitmq");
        Assert.DoesNotContain("pass:word", definitions.Output);

        using var answer = await http.PostAsync(
            "api/definitions", new StringContent(definitions.Output, Encoding.UTF8, "application/json"));

        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        Assert.Equal("0 changed, 11 unchanged.", (await ApplyAsync()).Summary);
    }

    [Fact]
    public async Task A_wrong_login_is_reported()
    {
        var wrong = new UriBuilder(admin) { UserName = "unknown", Password = "wrong-password" }.Uri.ToString();

        var result = await tool.RunAsync("setup", "rabbitmq", "--apply", "--admin", wrong);

        Assert.Equal(1, result.Code);
        Assert.Contains("refuses the login of --admin", result.Error);
        Assert.DoesNotContain("wrong-password", result.Error);
    }

    [Fact]
    public async Task A_broker_without_the_management_plugin_is_reported_with_the_remedy()
    {
        var result = await tool.RunAsync("setup", "rabbitmq", "--apply", "--admin", $"http://a:b@127.0.0.1:{FreePort.Next()}");

        Assert.Equal(1, result.Code);
        Assert.Contains("rabbitmq-plugins enable rabbitmq_management", result.Error);
        Assert.Contains("rabbitmqctl import_definitions", result.Error);
    }

    [Fact]
    public async Task Two_parts_may_not_share_a_user()
    {
        tool.Edit(file => file["Regions"]!["syd"]!["RabbitMq"]!["Uri"] = LoginAs("ams" + suffix, "agent"));

        var result = await tool.RunAsync("setup", "rabbitmq");

        Assert.Equal(2, result.Code);
        Assert.Contains("Two parts log in to RabbitMQ as 'ams", result.Error);
    }

    private Task<ToolResult> ApplyAsync(params string[] options) =>
        tool.RunAsync(["setup", "rabbitmq", "--apply", "--admin", admin, .. options]);

    private async Task<JsonNode> PermissionsAsync(string user) => JsonNode.Parse(await http.GetStringAsync(
        $"api/permissions/{Uri.EscapeDataString(VirtualHost)}/{Uri.EscapeDataString(user + suffix)}"))!;

    private Task<IConnection> ConnectAsync(string user, string password) => new ConnectionFactory
    {
        HostName = broker.Host,
        Port = broker.Port,
        VirtualHost = VirtualHost,
        UserName = user,
        Password = password,
    }.CreateConnectionAsync();

    private string LoginAs(string user, string password) =>
        $"amqp://{Uri.EscapeDataString(user)}:{Uri.EscapeDataString(password)}@{broker.Authority}/{Uri.EscapeDataString(VirtualHost)}";
}
