using System.CommandLine;
using LastMile.Events.Tool.Installation;

namespace LastMile.Events.Tool.Setup.Services;

/// <summary><c>lastmile setup invalidator</c>: prints or writes the settings of the Invalidators.</summary>
internal sealed class InvalidatorSetupCommand : SetupSubcommand
{
    private readonly Option<string> format = SettingsFormat.Option();

    public InvalidatorSetupCommand(InstallationOption installation)
        : base("invalidator", "Print or write the settings of the Invalidators.", installation)
    {
        foreach (var option in (Option[])[format, Output, ShowSecrets])
            Options.Add(option);
    }

    public override string Examples =>
        """
          lastmile setup invalidator --output . && docker run --env-file invalidator.env lastmile/invalidator
          lastmile setup invalidator --format kubernetes-secret --show-secrets | kubectl --namespace lastmile apply --filename -
        """;

    protected override Task<int> RunAsync(InstallationSettings installation, ParseResult parsed, CancellationToken cancellationToken)
    {
        var settings = ServiceSetting.OfInvalidator(installation);
        var file = SettingsFormat.File("invalidator", "lastmile-invalidator", settings, parsed.GetRequiredValue(format));
        SetupFile.Show([file], parsed.GetValue(Output), parsed.GetValue(ShowSecrets));
        return Task.FromResult(ExitCodes.Done);
    }
}
