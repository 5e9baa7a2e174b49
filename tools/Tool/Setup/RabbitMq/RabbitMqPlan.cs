using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using LastMile.Events.Tool.Installation;

namespace LastMile.Events.Tool.Setup.RabbitMq;

/// <summary>The virtual host and the users of an installation, with the permissions of <c>deploy/rabbitmq-definitions.json</c>.</summary>
/// <param name="VirtualHost">The virtual host.</param>
/// <param name="Users">The users.</param>
internal sealed record RabbitMqPlan(string VirtualHost, IReadOnlyList<RabbitMqUserPlan> Users)
{
    private const string Invalidator = "lastmile-invalidator";
    private const string Agent = "lastmile-agent-ams";
    private const string Application = "storefront";

    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        // The output is not embedded in HTML, so it needs no HTML escapes.
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Returns the plan of an installation.</summary>
    /// <exception cref="InstallationFileException">A login is missing, or two logins name different virtual hosts.</exception>
    public static RabbitMqPlan Of(InstallationSettings installation)
    {
        var applications = installation.ApplicationRabbitMq;
        if (applications.Keys.Select(name => Names.Problem("application", name)).OfType<string>().FirstOrDefault() is { } problem)
            throw new InstallationFileException(problem);
        RabbitMqUserPlan[] users =
        [
            UserOf(installation),
            .. installation.Regions.Keys.Select(region => AgentOf(installation, region)),
            .. applications.Select(application =>
                User(Application, $"ApplicationRabbitMq:{application.Key}", application.Value, installation, [application.Key])),
        ];
        return users.GroupBy(user => user.Name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice
            ? throw new InstallationFileException(
                $"Two parts log in to RabbitMQ as '{twice.Key}'. Give each its own user in the installation file.")
            : new(VirtualHostOf("RabbitMq:Uri", installation.RabbitMq.Uri), users);
    }

    /// <summary>Returns the plan of one region: its agent's user.</summary>
    /// <param name="installation">The installation.</param>
    /// <param name="region">The region's name.</param>
    public static RabbitMqPlan OfRegion(InstallationSettings installation, string region) =>
        new(VirtualHostOf("RabbitMq:Uri", installation.RabbitMq.Uri), [AgentOf(installation, region)]);

    /// <summary>Returns the definitions file.</summary>
    public string Definitions() => new JsonObject
    {
        ["users"] = new JsonArray([.. Users.Select(user => new JsonObject
        {
            ["name"] = user.Name,
            ["password_hash"] = user.Hash(),
            ["hashing_algorithm"] = RabbitMqUserPlan.Algorithm,
            ["tags"] = new JsonArray(),
        })]),
        ["vhosts"] = new JsonArray(new JsonObject { ["name"] = VirtualHost }),
        ["permissions"] = new JsonArray([.. Users.Select(user => new JsonObject
        {
            ["user"] = user.Name,
            ["vhost"] = VirtualHost,
            ["configure"] = user.Configure,
            ["write"] = user.Write,
            ["read"] = user.Read,
        })]),
    }.ToJsonString(Json) + "\n";

    private static RabbitMqUserPlan UserOf(InstallationSettings installation) =>
        User(Invalidator, "RabbitMq:Uri", installation.RabbitMq.Uri, installation, installation.Applications);

    private static RabbitMqUserPlan AgentOf(InstallationSettings installation, string name)
    {
        var region = installation.RegionNamed(name);
        return User(Agent, $"Regions:{name}:RabbitMq:Uri", region.RabbitMq?.Uri, installation, [], name);
    }

    private static RabbitMqUserPlan User(
        string template,
        string setting,
        string? uri,
        InstallationSettings installation,
        IEnumerable<string> applications,
        string region = "")
    {
        var login = Login.OfRabbitMq(setting, uri);
        if (VirtualHostOf(setting, uri) != VirtualHostOf("RabbitMq:Uri", installation.RabbitMq.Uri))
            throw new InstallationFileException($"{setting} and RabbitMq:Uri must name the same virtual host.");
        var permissions = JsonNode.Parse(EmbeddedFile.Read("rabbitmq-definitions.json"))!["permissions"]!.AsArray()
            .Single(entry => entry!["user"]!.GetValue<string>() == template)!;
        return new(login.User, login.Password, Right("configure"), Right("write"), Right("read"));

        string Right(string name) => ForApplications(permissions[name]!.GetValue<string>(), applications)
            .Replace(@"\.ams", @"\." + Regex.Escape(region), StringComparison.Ordinal);
    }

    // The template names the queues of one application.
    private static string ForApplications(string right, IEnumerable<string> applications)
    {
        var queues = applications.Select(name => $@"{Regex.Escape(name)}\..*").ToList();
        return queues.Count > 0
            ? right.Replace($@"{Application}\..*", string.Join('|', queues), StringComparison.Ordinal)
            : right.Replace($@"{Application}\..*|", "", StringComparison.Ordinal);
    }

    private static string VirtualHostOf(string setting, string? uri) =>
        Uri.UnescapeDataString(Login.ParseRabbitMq(setting, uri).AbsolutePath[1..]) is { Length: > 0 } name ? name : "/";
}
