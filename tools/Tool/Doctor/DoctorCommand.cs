using System.CommandLine;
using LastMile.Events.Tool.Doctor.Report;
using LastMile.Events.Tool.Installation;
using Spectre.Console;

namespace LastMile.Events.Tool.Doctor;

/// <summary><c>lastmile doctor</c>: checks an installation and reports what to change.</summary>
internal sealed class DoctorCommand : Command
{
    // Redis waits for 5 s before the first synchronization of a replica (repl-diskless-sync-delay).
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Option<bool> json = new("--json") { Description = "Write the results as JSON, for programs." };
    private readonly Option<bool> all = new("--all") { Description = "Show every check, not only those with a finding." };
    private readonly InstallationOption installation;

    public DoctorCommand(InstallationOption installation)
        : base(
            "doctor",
            "Check an installation and report what to change. It changes nothing. "
                + "Exit code: 0 no findings, 1 errors, 2 invalid arguments or installation file, 3 only warnings.")
    {
        this.installation = installation;
        Options.Add(installation.Option);
        Options.Add(json);
        Options.Add(all);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        InstallationSettings settings;
        try
        {
            settings = installation.Read(parsed);
        }
        catch (InstallationFileException invalid)
        {
            await Console.Error.WriteLineAsync($"lastmile: {invalid.Message}");
            return DoctorExitCodes.Usage;
        }

        var results = await Diagnosis.RunAsync(settings, Patience, TimeProvider.System, cancellationToken);
        if (parsed.GetValue(json))
            Console.WriteLine(DoctorJson.Write(results));
        else
            DoctorTable.Write(AnsiConsole.Console, results, parsed.GetValue(all));
        return DoctorExitCodes.Of(results);
    }
}
