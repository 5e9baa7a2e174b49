using System.CommandLine;
using LastMile.Events.Tool.Installation;

namespace LastMile.Events.Tool.Setup;

/// <summary>A command <c>lastmile setup …</c>.</summary>
internal abstract class SetupSubcommand : Command, IHasExamples
{
    private const string AdminVariable = "LASTMILE_ADMIN";

    protected SetupSubcommand(string name, string description, InstallationOption installation)
        : base(name, description) =>
        SetAction((parsed, cancellationToken) => RunAsync(() => RunAsync(installation.Read(parsed), parsed, cancellationToken)));

    public abstract string Examples { get; }

    /// <summary>The option <c>--show-secrets</c>.</summary>
    protected Option<bool> ShowSecrets { get; } = new("--show-secrets") { Description = "Print passwords instead of *****." };

    /// <summary>The option <c>--output</c>.</summary>
    protected Option<string?> Output { get; } = new("--output")
    {
        Description = "Write files with passwords into this folder instead of printing them. Only you can read them.",
        HelpName = "folder",
    };

    /// <summary>The option <c>--apply</c>.</summary>
    protected Option<bool> Apply { get; } = new("--apply")
    {
        Description = "Change the server instead of printing. You can run it again: it changes only what differs.",
    };

    /// <summary>The option <c>--change-passwords</c>.</summary>
    protected Option<bool> ChangePasswords { get; } = new("--change-passwords")
    {
        Description = "Replace the passwords of users that exist with others. Without it, --apply refuses: they may belong to others.",
    };

    /// <summary>Runs the command; returns its exit code.</summary>
    protected abstract Task<int> RunAsync(InstallationSettings installation, ParseResult parsed, CancellationToken cancellationToken);

    /// <summary>Returns the option <c>--admin</c>.</summary>
    /// <param name="form">The form of its value.</param>
    protected static Option<string?> AdminOption(string form) => new("--admin")
    {
        Description = $"The administrator's login, for --apply. Defaults to the variable {AdminVariable}, "
            + "which other users of this machine can't see.",
        HelpName = form,
    };

    /// <summary>Returns the value of <c>--admin</c>.</summary>
    /// <exception cref="RefusedException">It is missing.</exception>
    protected static string Admin(ParseResult parsed, Option<string?> option) =>
        parsed.GetValue(option)
        ?? Environment.GetEnvironmentVariable(AdminVariable)
        ?? throw new RefusedException($"--apply needs the login of an administrator: --admin '{option.HelpName}'.");

    private static async Task<int> RunAsync(Func<Task<int>> run)
    {
        try
        {
            return await run();
        }
        catch (Exception refusal) when (refusal is RefusedException or InstallationFileException)
        {
            await Console.Error.WriteLineAsync("lastmile: " + refusal.Message);
            return ExitCodes.Refused;
        }
        catch (SetupException failure)
        {
            await Console.Error.WriteLineAsync("lastmile: " + failure.Message);
            return ExitCodes.Failed;
        }
    }
}
