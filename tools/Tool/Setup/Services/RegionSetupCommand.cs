using System.CommandLine;
using LastMile.Events.Tool.Installation;
using LastMile.Events.Tool.Setup.RabbitMq;
using LastMile.Events.Tool.Setup.Redis;

namespace LastMile.Events.Tool.Setup.Services;

/// <summary><c>lastmile setup region</c>: prints or writes all files of a region.</summary>
internal sealed class RegionSetupCommand : SetupSubcommand
{
    private readonly Argument<string> region = new("name") { Description = "The region's name." };
    private readonly Option<string> format = SettingsFormat.Option();

    public RegionSetupCommand(InstallationOption installation)
        : base(
            "region",
            "Print or write the files of a region: for its Redis, its RabbitMQ user, its agent and its applications.",
            installation)
    {
        Arguments.Add(region);
        foreach (var option in (Option[])[format, Output, ShowSecrets])
            Options.Add(option);
    }

    public override string Examples =>
        """
          lastmile setup region ams               # prints them, without passwords
          lastmile setup region ams --output ams  # writes redis.conf, users.acl, definitions.json, agent-ams.env, application-ams.env
          docker run --env-file ams/agent-ams.env lastmile/region-agent
        """;

    protected override Task<int> RunAsync(InstallationSettings installation, ParseResult parsed, CancellationToken cancellationToken)
    {
        var (name, chosen) = (parsed.GetRequiredValue(region), parsed.GetRequiredValue(format));
        var bus = RabbitMqPlan.OfRegion(installation, name);
        var application = ServiceSetting.OfApplication(installation, name);
        SetupFile?[] files =
        [
            .. RedisServerPlan.Of(installation, name).Files("/etc/redis/users.acl"),
            new("definitions.json", _ => bus.Definitions()),
            SettingsFormat.File($"agent-{name}", "lastmile-agent", ServiceSetting.OfAgent(installation, name), chosen),
            application.Count > 0 ? SettingsFormat.File($"application-{name}", "lastmile-application", application, chosen) : null,
        ];
        SetupFile.Show([.. files.OfType<SetupFile>()], parsed.GetValue(Output), parsed.GetValue(ShowSecrets));
        return Task.FromResult(ExitCodes.Done);
    }
}
