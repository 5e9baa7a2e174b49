using LastMile.Events.Tool.Installation;

namespace Tool.Tests.Doctor;

/// <summary>Misconfigurations of the services, and of the file's description of them.</summary>
internal static class ServiceMisconfigurations
{
    public static Dictionary<string, Misconfiguration> All { get; } = new(StringComparer.Ordinal)
    {
        ["a wrong address of the Invalidator"] = new(
            "invalidator: service.reachable: error", "correct its address in the installation file")
        {
            Settings = system => system.Settings with { Invalidator = new(new("http://127.0.0.1:1")) },
        },
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

    private static InstallationSettings Region(DoctorSystem system, string name, Func<RegionSettings, RegionSettings> change) =>
        system.Settings with
        {
            Regions = new Dictionary<string, RegionSettings>(system.Settings.Regions, StringComparer.Ordinal)
            {
                [name] = change(system.Settings.Regions[name]),
            },
        };
}
