using System.Globalization;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace LastMile.Events.Invalidator.Auditing;

/// <summary>Something that is not captured as declared, as <c>lastmile.audit()</c> tells it.</summary>
/// <param name="Relation">The table; empty where it is about none.</param>
/// <param name="Entity">What it is captured as; empty where it is not.</param>
/// <param name="Text">What is wrong.</param>
/// <param name="Remedy">What to do.</param>
internal readonly record struct Finding(string Relation, string Entity, string Text, string Remedy)
{
    /// <summary>What it is about.</summary>
    public string Subject => (Relation, Entity) switch
    {
        ("", "") => "the database",
        (_, "") => Relation,
        ("", _) => Entity,
        _ => $"{Relation} ({Entity})",
    };
}

/// <summary>
/// What the last audit found. As a health check it is degraded while there is anything: what is captured goes on being purged, so the
/// service stays ready.
/// </summary>
internal sealed class CaptureFindings : IHealthCheck
{
    public const string CheckName = "capture";

    private const int Shown = 5;

    private volatile IReadOnlyList<Finding> current = [];
    private volatile string? problem;

    /// <summary>The findings of the last audit; none before the first.</summary>
    public IReadOnlyList<Finding> Current => current;

    /// <summary>Takes the findings of an audit.</summary>
    /// <returns>Those that the audit before did not have, and those that it had and that are gone.</returns>
    public (IReadOnlyList<Finding> Began, IReadOnlyList<Finding> Ended) Replace(IReadOnlyList<Finding> findings)
    {
        var before = current;
        current = findings;
        problem = null;
        return ([.. findings.Except(before)], [.. before.Except(findings)]);
    }

    /// <summary>An audit could not be made: the findings are those of the one before.</summary>
    /// <param name="reason">Why, and what to do.</param>
    public void NotAudited(string reason) => problem = reason;

    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(Describe() is { Length: > 0 } text ? HealthCheckResult.Degraded(text) : HealthCheckResult.Healthy());

    private string Describe()
    {
        var findings = current;
        var parts = findings.Take(Shown).Select(finding => $"{finding.Subject}: {finding.Text}; {finding.Remedy}.");
        if (problem is { } reason)
            parts = parts.Prepend(reason);
        if (findings.Count > Shown)
            parts = parts.Append(string.Create(CultureInfo.InvariantCulture, $"{findings.Count - Shown} more: select * from lastmile.audit()."));
        return string.Join(' ', parts);
    }
}
