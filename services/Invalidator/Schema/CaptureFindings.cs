using System.Globalization;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace LastMile.Events.Invalidator.Schema;

/// <summary>A deviation of capture from its declaration: a row of <c>lastmile.audit()</c>.</summary>
/// <param name="Relation">The table; empty when the finding concerns no table.</param>
/// <param name="Entity">The entity that the table is captured as; empty when it is not captured.</param>
/// <param name="Text">The problem.</param>
/// <param name="Remedy">How to fix it.</param>
internal readonly record struct Finding(string Relation, string Entity, string Text, string Remedy)
{
    /// <summary>The table, the entity or the database that the finding concerns.</summary>
    public string Subject => (Relation, Entity) switch
    {
        ("", "") => "the database",
        (_, "") => Relation,
        ("", _) => Entity,
        _ => $"{Relation} ({Entity})",
    };
}

/// <summary>
/// The findings of the last audit. As a health check, they degrade the service but leave it ready, because it still purges captured
/// changes.
/// </summary>
internal sealed class CaptureFindings : IHealthCheck
{
    public const string CheckName = "capture";

    private const int Shown = 5;

    private volatile IReadOnlyList<Finding> current = [];
    private volatile string? problem;

    /// <summary>The findings of the last audit; none before the first.</summary>
    public IReadOnlyList<Finding> Current => current;

    /// <summary>Replaces the findings with those of a new audit.</summary>
    /// <returns>The new findings, and the earlier ones that are resolved.</returns>
    public (IReadOnlyList<Finding> Began, IReadOnlyList<Finding> Ended) Replace(IReadOnlyList<Finding> findings)
    {
        var previous = current;
        current = findings;
        problem = null;
        return ([.. findings.Except(previous)], [.. previous.Except(findings)]);
    }

    /// <summary>Records that an audit failed. The findings of the previous audit stay.</summary>
    /// <param name="reason">Why it failed, and what to do.</param>
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
        {
            parts = parts.Append(
                string.Create(CultureInfo.InvariantCulture, $"{findings.Count - Shown} more: select * from lastmile.audit()."));
        }

        return string.Join(' ', parts);
    }
}
