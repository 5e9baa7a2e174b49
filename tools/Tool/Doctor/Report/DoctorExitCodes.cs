using LastMile.Events.Tool.Doctor.Checks;

namespace LastMile.Events.Tool.Doctor.Report;

/// <summary>The exit codes of <c>lastmile doctor</c>.</summary>
internal static class DoctorExitCodes
{
    /// <summary>No findings.</summary>
    public const int Clean = 0;

    /// <summary>At least one error.</summary>
    public const int Errors = 1;

    /// <summary>The command line or the installation file is invalid, so nothing was checked.</summary>
    public const int Usage = 2;

    /// <summary>Warnings only.</summary>
    public const int Warnings = 3;

    /// <summary>Returns the code for results.</summary>
    public static int Of(IEnumerable<CheckResult> results) => results.Max(result => result.Worst) switch
    {
        Severity.Error => Errors,
        Severity.Warning => Warnings,
        _ => Clean,
    };
}
