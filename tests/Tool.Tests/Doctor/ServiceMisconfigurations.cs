using LastMile.Events.Fabric;
using LastMile.Events.Tool.Installation;

namespace Tool.Tests.Doctor;

/// <summary>Misconfigurations of the services, and of the file's description of them.</summary>
internal static class ServiceMisconfigurations
{
    private const string PurgeKey = "purge-key-0123456789";

    public static Dictionary<string, Misconfiguration> All { get; } = new(StringComparer.Ordinal)
    {
        ["a wrong address of the Invalidator"] = new(
            "invalidator: service.reachable: error", "correct its address in the installation file")
        {
            Settings = system => system.Settings with { Invalidator = new(new("http://127.0.0.1:1")) },
        },
        ["no API key for an Invalidator that requires one"] = Keyed(apiKey: null, "The request has no API key."),
        ["an unknown API key"] = Keyed("another-key-0123456789", "The API key is unknown."),
        ["an API key without the scope read"] = Keyed(PurgeKey, "API key 'purges' lacks scope 'read'."),
        ["an agent's address that is another service's"] = new("agent ams: agent.region: error", "Set Region:Name of the agent to ams")
        {
            Settings = system => Region(system, "ams", ams => ams with { Agent = system.System.Agents["gru"].Address }),
        },
        ["a region that the file does not name"] = new("invalidator: invalidator.regions: warning", "Add it to the installation file")
        {
            Settings = system => system.Settings with
            {
                Regions = system.Settings.Regions.Where(region => region.Key != "gru").ToDictionary(StringComparer.Ordinal),
            },
        },
        ["a region that the Invalidator does not know"] = new(
            "invalidator: invalidator.regions: error", "Start the agent with Region:Name = syd")
        {
            Settings = system => system.Settings with
            {
                Regions = system.Settings.Regions
                    .ToDictionary(region => region.Key == "ams" ? "syd" : region.Key, region => region.Value, StringComparer.Ordinal),
            },
            Also =
            [
                "agent syd: agent.region: error",
                "rabbitmq syd: rabbitmq.queues: error",
            ],
        },
        ["an agent that does not run"] = new("agent ams: service.reachable: error", "Start the service")
        {
            BreakAsync = system => system.System.Agents["ams"].Process.StopAsync(),
            MendAsync = (system, _) => system.System.Agents["ams"].Process.StartAsync(),
            Also =
            [
                "rabbitmq ams: rabbitmq.queues: error",
                "redis ams: region.sound: error",
                "invalidator: invalidator.regions: error",
            ],
        },
    };

    // A second Invalidator, with an API key.
    private static Misconfiguration Keyed(string? apiKey, string problem)
    {
        Service? keyed = null;
        return new("invalidator: invalidator.access: error", "Set Invalidator:ApiKey in the installation file to a key with the scope read")
        {
            Problem = problem,
            BreakAsync = async system => keyed = await system.System.StartInvalidatorAsync(
                $"invalidator-keyed-{Guid.NewGuid():N}",
                new Dictionary<string, string>(StringComparer.Ordinal)
                {
                    ["Api:Keys:0:Name"] = "purges",
                    ["Api:Keys:0:Key"] = PurgeKey,
                    ["Api:Keys:0:Scopes:0"] = "purge",
                }),
            MendAsync = (_, _) => keyed!.Process.StopAsync(),
            Settings = system => system.Settings with { Invalidator = new(keyed!.Address, apiKey) },
        };
    }

    private static InstallationSettings Region(DoctorSystem system, string name, Func<RegionSettings, RegionSettings> change) =>
        system.Settings with
        {
            Regions = new Dictionary<string, RegionSettings>(system.Settings.Regions, StringComparer.Ordinal)
            {
                [name] = change(system.Settings.Regions[name]),
            },
        };
}
