using System.CommandLine;

namespace LastMile.Events.Tool.Installation;

/// <summary>The option <c>--installation</c> of the commands for operators.</summary>
/// <param name="running">The installation file of <c>./lastmile up</c>, which is the last choice; null for none.</param>
internal sealed class InstallationOption(string? running = null)
{
    /// <summary>The variable that names the file.</summary>
    public const string Variable = "LASTMILE_INSTALLATION";

    /// <summary>The file in the current folder that is used by default.</summary>
    public const string DefaultFile = "lastmile.json";

    /// <summary>The option.</summary>
    public Option<FileInfo?> Option { get; } = new("--installation")
    {
        Description = $"The installation file. Defaults to the variable {Variable}, then to {DefaultFile} in this folder"
            + (running is null ? "." : ", then to the system of './lastmile up'."),
        HelpName = "file",
        Recursive = true,
    };

    /// <summary>Reads the installation.</summary>
    /// <exception cref="InstallationFileException">There is no file, or it is invalid.</exception>
    public InstallationSettings Read(ParseResult parsed) =>
        TryRead(parsed) ?? throw new InstallationFileException(
            $"There is no {DefaultFile} in this folder. 'lastmile init' writes one; --installation FILE names another.");

    /// <summary>Reads the installation; returns null if no file is named or found.</summary>
    /// <exception cref="InstallationFileException">The named file is missing, or the file is invalid.</exception>
    public InstallationSettings? TryRead(ParseResult parsed)
    {
        var named = parsed.GetValue(Option)?.FullName ?? Environment.GetEnvironmentVariable(Variable);
        var path = named ?? new[] { DefaultFile, running }.FirstOrDefault(File.Exists);
        return path is null ? null : InstallationFile.Read(path);
    }
}
