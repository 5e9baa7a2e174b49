using LastMile.Events.Tool.Doctor.Facts;

namespace LastMile.Events.Tool.Doctor.Checks;

/// <summary>Checks of the services over HTTP.</summary>
internal static class ServiceChecks
{
    private static readonly string[] Healthy = ["Converged", "Resyncing"];

    /// <summary>The checks of every service.</summary>
    public static IReadOnlyList<Check<ServiceFacts>> All { get; } =
    [
        new("service.reachable", facts => Judgement.Of(facts.Problems.Missing is { } reason
            ? Finding.Error(
                $"{facts.Address} does not answer: {reason}",
                "The service does not run, or this machine does not reach it.",
                "Start the service, or correct its address in the installation file (Urls of the service).")
            : null)),
        new("service.ready", facts => Judgement.On(facts.Problems, problems => Judgement.Of(problems.Select(problem => new Finding(
            problem.IsReady ? Severity.Warning : Severity.Error,
            $"The check {problem.Name} of the service fails.",
            problem.IsReady ? "The service works, but not fully." : "The service does not do its work.",
            problem.Description))))),
    ];

    /// <summary>The checks of the Invalidator.</summary>
    public static IReadOnlyList<Check<InstallationFacts>> Invalidator { get; } =
    [
        new("invalidator.access", all => Access(all.Invalidator!)),
        new("invalidator.stream", all => Judgement.Of(all.Invalidator!.Status, status => status.GetValueOrDefault("stream") != "None"
            ? null
            : Finding.Warning(
                "The Invalidator receives no stream.",
                "It polls the outbox, which adds some milliseconds to each purge.",
                "Fix the findings of postgres.*; then restart the Invalidator."))),
        new("invalidator.regions", all => Judgement.On(all.Invalidator!.Regions, known => Judgement.Of(Regions(all, known)))),
    ];

    /// <summary>The checks of an agent.</summary>
    public static IReadOnlyList<Check<RegionInInstallation>> Agent { get; } =
    [
        new("agent.region", it => Judgement.On(it.Region.Agent!.Status, status => Judgement.Of(
            Differs("region", "Region:Name", it.Region.Name, status),
            Differs("topology", "Region:Topology", it.Region.Settings.Topology, status)))),
        new("agent.verdict", it => Judgement.Of(it.Region.Agent!.Status, status =>
            status.GetValueOrDefault("verdict") is { } verdict && !Healthy.Contains(verdict, StringComparer.Ordinal)
                ? Finding.Error(
                    $"The agent's verdict is {verdict}.",
                    "The region is behind, or its state is unproven.",
                    $"See {verdict} in docs/verdicts.md, and fix the other findings of the region.")
                : null)),
    ];

    private static Judgement Access(ServiceFacts invalidator) =>
        invalidator.Regions.Missing is ['4', '0', '1' or '3', ..] refusal
            ? Judgement.Of(Finding.Error(
                $"The API refuses the request: {refusal}",
                "The state of the regions can't be read.",
                "Set Invalidator:ApiKey in the installation file to a key with the scope read, from Api:Keys of the Invalidator."))
            : Judgement.On(invalidator.Regions, _ => Judgement.Of());

    private static IEnumerable<Finding> Regions(InstallationFacts all, IReadOnlyList<ReportedRegion> known)
    {
        foreach (var name in all.Settings.Regions.Keys.Where(name => known.All(region => region.Name != name)))
        {
            yield return Finding.Error(
                $"The Invalidator does not know region {name}.",
                "No agent of this name has reported, so requests with wait don't wait for it.",
                $"Start the agent with Region:Name = {name}, on the same virtual host as the Invalidator.");
        }

        foreach (var region in known)
        {
            if (!all.Settings.Regions.ContainsKey(region.Name))
            {
                yield return Finding.Warning(
                    $"The Invalidator knows region {region.Name}, which the installation file does not name.",
                    "It keeps tag generations for it, and requests with wait wait for it.",
                    "Add it to the installation file; or, if it was decommissioned: "
                        + $"curl -X DELETE {all.Invalidator!.Address}regions/{region.Name}");
            }
            else if (region.Verdict == "Silent")
            {
                yield return Finding.Error(
                    $"Region {region.Name} is silent.",
                    "Its agent does not report, so its state is unknown.",
                    $"Start the agent of region {region.Name}, and check that it reaches RabbitMQ: its /health/ready.");
            }
        }
    }

    private static Finding? Differs(string field, string setting, string expected, IReadOnlyDictionary<string, string> status) =>
        status.GetValueOrDefault(field) is not { } actual || actual == expected
            ? null
            : Finding.Error(
                $"The agent at this address has {setting} = {actual}, and the installation file expects {expected}.",
                "The file describes another region than the one that the agent works for.",
                $"Set {setting} of the agent to {expected}, or correct the installation file.");
}
