using LastMile.Events.Tool.Installation;

namespace Tool.Tests.Doctor;

/// <summary>A deliberate misconfiguration of a running system, and the expected report of the doctor.</summary>
/// <param name="Finding">The expected finding: its part, check and severity.</param>
/// <param name="Remedy">A part of the expected remedy. If it is a command, <see cref="MendAsync"/> runs it as printed.</param>
internal sealed record Misconfiguration(string Finding, string Remedy)
{
    /// <summary>A part of the expected problem; empty for any.</summary>
    public string Problem { get; init; } = "";

    /// <summary>Misconfigures the system; null if only the installation file is wrong.</summary>
    public Func<DoctorSystem, Task>? BreakAsync { get; init; }

    /// <summary>Runs the remedy.</summary>
    public Func<DoctorSystem, string, Task> MendAsync { get; init; } = (_, _) => Task.CompletedTask;

    /// <summary>Changes the installation file instead.</summary>
    public Func<DoctorSystem, InstallationSettings> Settings { get; init; } = system => system.Settings;

    /// <summary>Further findings that must follow from the misconfiguration.</summary>
    public IReadOnlyList<string> Also { get; init; } = [];

    /// <summary>The beginnings of findings that may follow from the misconfiguration, depending on the timing of the services.</summary>
    public IReadOnlyList<string> MayFollow { get; init; } = [];

    private IReadOnlyList<string> Expected => [Finding, .. Also];

    /// <summary>Returns whether all expected findings were found, and no others.</summary>
    public bool Explains(FoundProblems found) =>
        Expected.All(where => found.Any(problem => problem.Where == where))
        && found.All(problem => Expected.Contains(problem.Where)
            || MayFollow.Any(where => problem.Where.StartsWith(where, StringComparison.Ordinal)));
}
