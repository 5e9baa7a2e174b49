using LastMile.Events.Tool.Doctor.Checks;
using LastMile.Events.Tool.Doctor.Facts;
using LastMile.Events.Tool.Doctor.Reading;
using LastMile.Events.Tool.Doctor.Report;
using LastMile.Events.Tool.Installation;

namespace LastMile.Events.Tool.Doctor;

/// <summary>Reads the state of an installation and runs all checks on it.</summary>
internal static class Diagnosis
{
    private static readonly TimeSpan ReadInterval = TimeSpan.FromSeconds(2);

    // A service or a replica that has just started needs a few seconds until these have no finding.
    private static readonly string[] Settling =
        ["region.sound", "agent.verdict", "invalidator.regions", "region.link", "region.behind", "region.database"];

    /// <summary>The ids of all checks.</summary>
    public static IReadOnlyList<string> Checks { get; } =
    [
        .. FileChecks.Addresses.Concat(FileChecks.Others).Select(check => check.Id),
        .. PostgresChecks.All.Select(check => check.Id),
        .. RedisChecks.All.Select(check => check.Id),
        .. PrimaryChecks.All.Select(check => check.Id),
        .. RegionChecks.All.Select(check => check.Id),
        .. BrokerChecks.All.Select(check => check.Id),
        .. ServiceChecks.All.Select(check => check.Id),
        .. ServiceChecks.Invalidator.Select(check => check.Id),
        .. ServiceChecks.Agent.Select(check => check.Id),
        .. ClockChecks.All.Select(check => check.Id),
    ];

    /// <summary>Runs all checks.</summary>
    /// <param name="settings">The installation.</param>
    /// <param name="patience">How long to read again while a service or a replica that has just started may cause a finding.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Cancels the checks.</param>
    public static async Task<IReadOnlyList<CheckResult>> RunAsync(
        InstallationSettings settings, TimeSpan patience, TimeProvider time, CancellationToken cancellationToken)
    {
        var begun = time.GetTimestamp();
        var (file, isUsable) = JudgeFile(settings);
        if (!isUsable)
            return WithoutSecrets(file, settings);
        var results = await JudgePartsAsync(settings, time, cancellationToken);
        while (results.Any(IsUnsettled) && time.GetElapsedTime(begun) < patience)
        {
            await Task.Delay(ReadInterval, time, cancellationToken);
            results = await JudgePartsAsync(settings, time, cancellationToken);
        }

        return WithoutSecrets([.. file, .. results], settings);
    }

    /// <summary>Runs the checks on the installation file alone.</summary>
    /// <returns>The results, and whether the addresses are valid, so that the parts can be contacted.</returns>
    internal static (IReadOnlyList<CheckResult> Results, bool IsUsable) JudgeFile(InstallationSettings settings)
    {
        var addresses = Judge("file", FileChecks.Addresses, settings).ToList();
        return DoctorExitCodes.Of(addresses) == DoctorExitCodes.Clean
            ? ([.. addresses, .. Judge("file", FileChecks.Others, settings)], true)
            : (addresses, false);
    }

    /// <summary>Runs the checks on the facts.</summary>
    internal static IEnumerable<CheckResult> Judge(InstallationFacts facts) =>
    [
        .. Judge("postgres", PostgresChecks.All, facts.Postgres),
        .. facts.PrimaryOrNone is { } primary
            ? [.. Judge("primary", RedisChecks.All, primary), .. Judge("primary", PrimaryChecks.All, facts)]
            : (IEnumerable<CheckResult>)[],
        .. Judge("rabbitmq", BrokerChecks.All, facts.Broker),
        .. JudgeService("invalidator", facts.Invalidator, ServiceChecks.Invalidator, facts),
        .. facts.Regions.SelectMany(region => Judge(region, facts)),
        .. Judge("clocks", ClockChecks.All, facts),
    ];

    private static async Task<List<CheckResult>> JudgePartsAsync(
        InstallationSettings settings, TimeProvider time, CancellationToken cancellationToken) =>
        [.. Judge(await new InstallationReader(time).ReadAsync(settings, cancellationToken))];

    private static bool IsUnsettled(CheckResult result) =>
        result.Findings.Count > 0 && Settling.Contains(result.Check, StringComparer.Ordinal);

    private static IEnumerable<CheckResult> Judge(RegionFacts region, InstallationFacts facts)
    {
        var compared = new RegionInInstallation(region, facts);
        return
        [
            .. Judge($"redis {region.Name}", RedisChecks.All, region.Redis),
            .. Judge($"redis {region.Name}", RegionChecks.All, compared),
            .. region.Cluster is { Missing: null, Value.Nodes: var nodes } ? nodes.SelectMany(node => JudgeNode(compared, node)) : [],
            .. region.Application is { } application ? Judge($"application {region.Name}", RedisChecks.User, application) : [],
            .. region.AgentAtPrimary is { } agent ? Judge($"primary for agent {region.Name}", RedisChecks.User, agent) : [],
            .. region.ApplicationAtPrimary is { } filling
                ? Judge($"primary for application {region.Name}", RedisChecks.User, filling)
                : [],
            .. region.Broker is { } broker
                ? Judge($"rabbitmq {region.Name}", BrokerChecks.All, broker)
                : [NotConfigured($"rabbitmq {region.Name}", BrokerChecks.All[0].Id, $"Regions:{region.Name}:RabbitMq")],
            .. JudgeService($"agent {region.Name}", region.Agent, ServiceChecks.Agent, compared),
        ];
    }

    private static IEnumerable<CheckResult> JudgeNode(RegionInInstallation region, RedisFacts node) =>
    [
        .. Judge($"redis {region.Region.Name} {node.Address}", RedisChecks.User, node),
        .. Judge(
            $"redis {region.Region.Name} {node.Address}",
            RegionChecks.OfNode,
            region with { Region = region.Region with { Redis = node } }),
    ];

    private static IEnumerable<CheckResult> JudgeService<T>(string part, ServiceFacts? service, IReadOnlyList<Check<T>> checks, T all) =>
        service is null
            ? [NotConfigured(part, ServiceChecks.All[0].Id, "an address of this service")]
            : [.. Judge(part, ServiceChecks.All, service), .. Judge(part, checks, all)];

    private static IEnumerable<CheckResult> Judge<T>(string part, IReadOnlyList<Check<T>> checks, T facts) =>
        checks.Select(check => (check.Id, Judgement: check.Judge(facts)))
            .Select(judged => new CheckResult(part, judged.Id, judged.Judgement.NotChecked, judged.Judgement.Findings));

    private static CheckResult NotConfigured(string part, string check, string setting) =>
        new(part, check, $"The installation file lacks {setting}.", []);

    private static IReadOnlyList<CheckResult> WithoutSecrets(IEnumerable<CheckResult> results, InstallationSettings settings)
    {
        var secrets = new Secrets(settings);
        return
        [
            .. results.Select(result => result with
            {
                NotChecked = result.NotChecked is { } reason ? secrets.Remove(reason) : null,
                Findings =
                [
                    .. result.Findings.Select(finding => finding with
                    {
                        Problem = secrets.Remove(finding.Problem),
                        Consequence = secrets.Remove(finding.Consequence),
                        Remedy = secrets.Remove(finding.Remedy),
                    }),
                ],
            }),
        ];
    }
}
