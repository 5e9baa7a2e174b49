using LastMile.Events.Invalidator.Schema;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Xunit;

namespace Invalidator.Tests;

public sealed class CaptureFindingsTests
{
    private static readonly Finding Disabled = new(
        "products", "Product", "trigger lastmile_insert is disabled", "alter table products enable trigger lastmile_insert");

    private static readonly Finding Missing = Disabled with
    {
        Text = "trigger lastmile_update is missing",
        Remedy = "select lastmile.retrack('products')",
    };

    [Fact]
    public void Each_audit_returns_new_and_resolved_findings()
    {
        var findings = new CaptureFindings();

        var first = findings.Replace([Disabled]);
        var second = findings.Replace([Disabled, Missing]);
        var third = findings.Replace([Missing]);

        Assert.Equal([Disabled], first.Began);
        Assert.Empty(first.Ended);
        Assert.Equal([Missing], second.Began);
        Assert.Empty(second.Ended);
        Assert.Empty(third.Began);
        Assert.Equal([Disabled], third.Ended);
    }

    [Fact]
    public async Task Findings_degrade_health_and_include_the_remedy()
    {
        var findings = new CaptureFindings();
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(findings)).Status);

        findings.Replace([Disabled]);
        var degraded = await CheckAsync(findings);
        findings.Replace([]);

        Assert.Equal(
            (HealthStatus.Degraded,
                "products (Product): trigger lastmile_insert is disabled; alter table products enable trigger lastmile_insert."),
            (degraded.Status, degraded.Description));
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(findings)).Status);
    }

    [Fact]
    public async Task Health_describes_only_the_first_five_of_many_findings()
    {
        var findings = new CaptureFindings();

        findings.Replace([.. Enumerable.Range(1, 900).Select(n => Disabled with { Relation = $"t{n}" })]);

        var health = await CheckAsync(findings);
        Assert.StartsWith("t1 (Product): ", health.Description, StringComparison.Ordinal);
        Assert.EndsWith("lastmile_insert. 895 more: select * from lastmile.audit().", health.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failed_audit_degrades_health_until_one_succeeds()
    {
        var findings = new CaptureFindings();
        findings.Replace([Disabled]);

        findings.NotAudited("The audit failed.");
        var degraded = await CheckAsync(findings);
        findings.Replace([]);

        Assert.StartsWith("The audit failed. products (Product): ", degraded.Description, StringComparison.Ordinal);
        Assert.Equal(HealthStatus.Healthy, (await CheckAsync(findings)).Status);
    }

    [Theory]
    [InlineData("products", "Product", "products (Product)")]
    [InlineData("products", "", "products")]
    [InlineData("", "Product", "Product")]
    [InlineData("", "", "the database")]
    public void A_finding_names_its_subject(string relation, string entity, string subject) =>
        Assert.Equal(subject, new Finding(relation, entity, "", "").Subject);

    private static Task<HealthCheckResult> CheckAsync(CaptureFindings findings) => findings.CheckHealthAsync(new HealthCheckContext());
}
