using System.CommandLine;
using LastMile.Events.Tool.Installation;

namespace LastMile.Events.Tool.Setup.RabbitMq;

/// <summary><c>lastmile setup rabbitmq</c>: creates the virtual host, and a user for each service and application.</summary>
internal sealed class RabbitMqSetupCommand : SetupSubcommand
{
    private readonly Option<string?> admin = AdminOption("http://user:password@host:15672");

    public RabbitMqSetupCommand(InstallationOption installation)
        : base(
            "rabbitmq",
            "Create the virtual host, and a user for the Invalidator, each region's agent and each application.",
            installation)
    {
        foreach (var option in (Option[])[Output, Apply, ChangePasswords, admin])
            Options.Add(option);
    }

    public override string Examples =>
        """
          lastmile setup rabbitmq > definitions.json && rabbitmqctl import_definitions definitions.json
          lastmile setup rabbitmq --apply --admin http://guest:guest@localhost:15672
        """;

    protected override async Task<int> RunAsync(InstallationSettings installation, ParseResult parsed, CancellationToken cancellationToken)
    {
        var plan = RabbitMqPlan.Of(installation);
        if (!parsed.GetValue(Apply))
        {
            SetupFile.Show([new("definitions.json", _ => plan.Definitions())], parsed.GetValue(Output), showSecrets: false);
            return ExitCodes.Done;
        }

        var report = new ChangeReport(Console.Out);
        using var management = new RabbitMqManagement(Admin(parsed, admin), installation.RabbitMq.CaCertificate);
        await new RabbitMqApplication(management, plan, report) { ChangesPasswords = parsed.GetValue(ChangePasswords) }
            .RunAsync(cancellationToken);
        report.Finish();
        return ExitCodes.Done;
    }
}
