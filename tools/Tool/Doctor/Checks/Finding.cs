using LastMile.Events.Tool.Doctor.Facts;

namespace LastMile.Events.Tool.Doctor.Checks;

/// <summary>How serious a finding is.</summary>
internal enum Severity
{
    /// <summary>Information that does not change the exit code.</summary>
    Note,

    /// <summary>The part works, but is slower, riskier or more exposed than it should be.</summary>
    Warning,

    /// <summary>The part does not work, or stale entries are possible.</summary>
    Error,
}

/// <summary>A problem that a check found.</summary>
/// <param name="Severity">How serious it is.</param>
/// <param name="Problem">What is wrong.</param>
/// <param name="Consequence">What follows from it.</param>
/// <param name="Remedy">The exact thing to change: a setting, a command, or SQL.</param>
internal sealed record Finding(Severity Severity, string Problem, string Consequence, string Remedy)
{
    /// <summary>Returns an error.</summary>
    public static Finding Error(string problem, string consequence, string remedy) => new(Severity.Error, problem, consequence, remedy);

    /// <summary>Returns a warning.</summary>
    public static Finding Warning(string problem, string consequence, string remedy) => new(Severity.Warning, problem, consequence, remedy);

    /// <summary>Returns a note.</summary>
    public static Finding Note(string problem, string consequence, string remedy) => new(Severity.Note, problem, consequence, remedy);
}

/// <summary>The result of a check.</summary>
/// <param name="NotChecked">Why the check was skipped; null if it ran.</param>
/// <param name="Findings">The findings.</param>
internal sealed record Judgement(string? NotChecked, IReadOnlyList<Finding> Findings)
{
    /// <summary>Returns a check's findings.</summary>
    public static Judgement Of(params IEnumerable<Finding?> findings) => new(null, [.. findings.OfType<Finding>()]);

    /// <summary>Returns the result of a check that was skipped.</summary>
    public static Judgement Skip(string reason) => new(reason, []);

    /// <summary>Judges a fact, if it is known.</summary>
    public static Judgement Of<T>(Fact<T> fact, Func<T, Finding?> judge) => On(fact, value => Of(judge(value)));

    /// <summary>Judges a fact, if it is known.</summary>
    public static Judgement On<T>(Fact<T> fact, Func<T, Judgement> judge) =>
        fact.Missing is { } reason ? Skip(reason) : judge(fact.Value);
}

/// <summary>A check of one part: a pure function of the facts.</summary>
/// <typeparam name="T">The type of the facts.</typeparam>
/// <param name="Id">The name in the output and in docs/operations/doctor.md.</param>
/// <param name="Judge">Returns the findings.</param>
internal sealed record Check<T>(string Id, Func<T, Judgement> Judge);
