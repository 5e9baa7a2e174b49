using System.Text.RegularExpressions;
using LastMile.Events.Redis;
using LastMile.Events.Tool.Doctor.Facts;
using LastMile.Events.Tool.Installation;
using StackExchange.Redis;

namespace LastMile.Events.Tool.Doctor.Checks;

/// <summary>Checks of the installation file itself.</summary>
internal static partial class FileChecks
{
    /// <summary>The checks without which the parts can't be reached.</summary>
    public static IReadOnlyList<Check<InstallationSettings>> Addresses { get; } =
    [
        new("file.placeholder", settings => Judgement.Of(
            SettingText.All(settings).Where(text => IsUnfilled(text.Value)).Select(text => Finding.Error(
                $"{text.Place} still contains a placeholder.",
                "The part can't be reached.",
                $"Set {text.Place} in the installation file.")))),
        new("file.address", settings => Judgement.Of(
            SettingText.All(settings).Where(text => !text.Parses()).Select(text => Finding.Error(
                $"{text.Place} is not {text.Form}.",
                "The part can't be reached.",
                $"Set {text.Place} in the installation file.")))),
        new("file.ca-certificate", settings => Judgement.Of(CaCertificates(settings)
            .Where(ca => TrustedCa.Problem(ca.File) is not null)
            .Select(ca => Finding.Error(
                $"{ca.Place} can't be used on this machine: {TrustedCa.Problem(ca.File)}",
                "The part can't be reached.",
                $"Set {ca.Place} to a PEM file of the CA that this machine can read.")))),
    ];

    /// <summary>The other checks.</summary>
    public static IReadOnlyList<Check<InstallationSettings>> Others { get; } =
    [
        new("file.region-name", settings => Judgement.Of(settings.Regions.Keys
            .Where(name => Names.Problem("region", name) is not null)
            .Select(name => Finding.Error(
                $"The region's name '{name}' is invalid.",
                "Its agent does not start.",
                "Use 1 to 64 letters, digits, '-' or '_' in the installation file and in the agent's Region:Name.")))),
        new("file.topology", settings => Judgement.Of([
            .. settings.Regions.Where(region => region.Value.Topology is not ("Replicated" or "Independent" or "ReadOnly"))
                .Select(region => Finding.Error(
                    $"The topology '{region.Value.Topology}' of region {region.Key} is unknown.",
                    "Its agent does not start with this Region:Topology.",
                    $"Set Regions:{region.Key}:Topology to Replicated, Independent or ReadOnly.")),
            .. settings.Regions.Where(region => region.Value is { IsReadOnly: true, PrimaryRedis: null })
                .Select(region => Finding.Error(
                    $"Region {region.Key} is ReadOnly, and the file has no PrimaryRedis for it.",
                    "Its agent does not start without Region:PrimaryConnectionString.",
                    $"Set Regions:{region.Key}:PrimaryRedis:ConnectionString to the agent's login to the primary.")),
            .. Shared(settings),
        ])),
        new("file.regions", settings => Judgement.Of(settings.Regions.Count > 0 ? null : Finding.Warning(
            "The file names no region.", "No region is checked.", "Add each region under Regions in the installation file."))),
        new("file.primary", settings => Judgement.Of(settings.Redis is not null ? [] : settings.Regions
            .Where(region => region.Value.Topology != "Independent")
            .Select(region => Finding.Error(
                $"Region {region.Key} is {region.Value.Topology}, and the file names no Redis primary.",
                "No purge is replicated to the region.",
                $"Add Redis:ConnectionString, or set Regions:{region.Key}:Topology to Independent.")))),
        new("file.same-redis", settings => Judgement.Of(SameRedis(settings))),
        new("file.key-prefix", settings => Judgement.Of(settings.Regions
            .Where(region => PrefixOf(region.Value.Redis.KeyPrefix) != PrefixOf(settings.KeyPrefix))
            .Select(region => Finding.Error(
                $"Region {region.Key} has the key prefix '{PrefixOf(region.Value.Redis.KeyPrefix)}' and "
                    + $"{(settings.Redis is null ? "the Invalidator" : "the primary")} '{PrefixOf(settings.KeyPrefix)}'.",
                "The agent reads the watermark under another name than the primary writes, so it proves nothing.",
                $"Set Redis:KeyPrefix to '{PrefixOf(settings.KeyPrefix)}' for the agent of {region.Key}.")))),
        // Ignores the host, because services may reach one broker under several names.
        new("file.bus", settings => Judgement.Of(Agents(settings)
            .Where(agent => VirtualHostOf(agent.Bus) != VirtualHostOf(new Uri(settings.RabbitMq.Uri)))
            .Select(agent => Finding.Error(
                $"The agent of {agent.Region} uses virtual host '{VirtualHostOf(agent.Bus)}', and the Invalidator "
                    + $"'{VirtualHostOf(new Uri(settings.RabbitMq.Uri))}'.",
                "The agent receives no purge, and the Invalidator no report.",
                $"Use the same virtual host in RabbitMq:Uri of the Invalidator and of the agent of {agent.Region}.")))),
        new("file.same-user", settings => Judgement.Of(SameUsers(settings))),
        new("file.tls", settings => Judgement.Of(SettingText.All(settings).Where(text => text.LacksTls()).Select(text => Finding.Warning(
            $"{text.Place} connects to another machine without TLS.",
            "Passwords and cached data cross the network in plain text.",
            text.TlsRemedy)))),
    ];

    private static IEnumerable<Finding> Shared(InstallationSettings settings)
    {
        var replicas = settings.Regions.Where(region => !region.Value.IsIndependent)
            .ToLookup(region => region.Value.IsReadOnly, region => region.Key);
        return replicas.Count < 2 ? [] : [Finding.Error(
            $"The primary has read-only replicas ({string.Join(", ", replicas[true])}) and writable ones "
                + $"({string.Join(", ", replicas[false])}).",
            "An entry that is filled at the primary also reaches writable replicas, where a later purge may have been applied already.",
            "Set Topology to ReadOnly for all of these regions, or to Independent for some.")];
    }

    private static IEnumerable<(string Place, string File)> CaCertificates(InstallationSettings settings) =>
        settings.Regions.SelectMany(region => new[]
            {
                ($"Regions:{region.Key}:Redis:CaCertificate", region.Value.Redis.CaCertificate),
                ($"Regions:{region.Key}:PrimaryRedis:CaCertificate", region.Value.PrimaryRedis?.CaCertificate),
                ($"Regions:{region.Key}:RabbitMq:CaCertificate", region.Value.RabbitMq?.CaCertificate),
            })
            .Prepend(("RabbitMq:CaCertificate", settings.RabbitMq.CaCertificate))
            .Prepend(("Redis:CaCertificate", settings.Redis?.CaCertificate))
            .Where(ca => !string.IsNullOrEmpty(ca.Item2))
            .Select(ca => (ca.Item1, ca.Item2!));

    private static bool IsUnfilled(string text) => Placeholder.In(text) is not null || OtherPlaceholder().IsMatch(text);

    private static IEnumerable<Finding> SameRedis(InstallationSettings settings) =>
        settings.Regions.Select(region => (Name: $"region {region.Key}", Endpoints: EndpointsOf(region.Value.Redis)))
            .Prepend((Name: "the primary", Endpoints: settings.Redis is { } primary ? EndpointsOf(primary) : []))
            .SelectMany(server => server.Endpoints.Select(endpoint => (server.Name, Endpoint: endpoint)))
            .GroupBy(server => server.Endpoint, server => server.Name, StringComparer.OrdinalIgnoreCase)
            .Where(group => group.Distinct(StringComparer.Ordinal).Count() > 1)
            .Select(group => Finding.Error(
                $"{group.Key} is the Redis of {string.Join(" and of ", group.Distinct(StringComparer.Ordinal))}.",
                "Each region needs a Redis of its own, and the primary holds no cache entries.",
                "Give each of them its own Redis, in Redis:ConnectionString."));

    private static IEnumerable<Finding> SameUsers(InstallationSettings settings) =>
        Agents(settings).Select(agent => (Name: $"the agent of {agent.Region}", agent.Bus))
            .Prepend((Name: "the Invalidator", Bus: new Uri(settings.RabbitMq.Uri)))
            .GroupBy(service => UserOf(service.Bus), service => service.Name, StringComparer.Ordinal)
            .Where(group => group.Count() > 1)
            .Select(group => Finding.Warning(
                $"The RabbitMQ user '{group.Key}' is shared by {string.Join(" and ", group)}.",
                "Each of them has the rights of all, and a leaked password affects all.",
                "Give each service its own user: 'lastmile setup rabbitmq', or deploy/rabbitmq-definitions.json."));

    private static IEnumerable<(string Region, Uri Bus)> Agents(InstallationSettings settings) =>
        settings.Regions.Where(region => region.Value.RabbitMq is not null)
            .Select(region => (region.Key, new Uri(region.Value.RabbitMq!.Uri)));

    private static string VirtualHostOf(Uri bus) => bus.AbsolutePath.Length > 1 ? Uri.UnescapeDataString(bus.AbsolutePath[1..]) : "/";

    private static string UserOf(Uri bus) => Uri.UnescapeDataString(bus.UserInfo.Split(':')[0]);

    private static string PrefixOf(string? configured) => configured ?? RedisKeys.DefaultPrefix;

    private static IEnumerable<string> EndpointsOf(RedisSettings redis)
    {
        var options = ConfigurationOptions.Parse(redis.ConnectionString);
        return options.EndPoints.Select(endpoint => EndpointName.Of(endpoint, options.Ssl));
    }

    [GeneratedRegex(
        "…|<[A-Za-z][^>]*>|CHANGE-?ME|REPLACE-?ME|(HASH|SHA256)-OF-THE",
        RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex OtherPlaceholder();
}
