using LastMile.Events.Tool.Doctor.Checks;

namespace LastMile.Events.Tool.Doctor.Report;

/// <summary>The result of one check of one part.</summary>
/// <param name="Part">The part, such as <c>redis ams</c>.</param>
/// <param name="Check">The check's id.</param>
/// <param name="NotChecked">Why the check was skipped; null if it ran.</param>
/// <param name="Findings">The findings.</param>
internal sealed record CheckResult(string Part, string Check, string? NotChecked, IReadOnlyList<Finding> Findings)
{
    /// <summary>The result in a word or two.</summary>
    public string Outcome => (NotChecked, Worst) switch
    {
        (not null, _) => "not checked",
        (_, Severity.Error) => "error",
        (_, Severity.Warning) => "warning",
        (_, Severity.Note) => "note",
        _ => "ok",
    };

    /// <summary>The most serious finding; null for none.</summary>
    public Severity? Worst => Findings.Count == 0 ? null : Findings.Max(finding => finding.Severity);
}
