using LastMile.Events.Bench.Results;
using Xunit;

namespace Bench.Tests;

public sealed class MarkdownReportTests
{
    private static readonly string[] Lines = LinesOf(Example.Report(Example.Section));

    [Fact]
    public void A_report_begins_with_the_date_the_machine_and_the_server_versions()
    {
        Assert.Equal(
            ["# Benchmark", "2026-11-23 08:25 UTC, on 2 cores (Some Model), Some System, .NET 10.", "PostgreSQL 15.18, Redis 7.0.15."],
            Lines.Take(3));
    }

    [Fact]
    public void A_missed_target_is_listed_at_the_top_and_in_its_section()
    {
        Assert.Equal(
            ["**1 of 2 targets missed:**", "- latency: p99 at 50/s, relative to the floor: 3.50 ×, target ≤ 3 ×"],
            Lines.SkipWhile(line => !line.Contains("missed", StringComparison.Ordinal)).Take(2));
        Assert.Contains("| p50 at 50/s, relative to the floor | 1.50 × | ≤ 2 × | met |", Lines);
        Assert.Contains("| p99 at 50/s, relative to the floor | 3.50 × | ≤ 3 × | **missed** |", Lines);
    }

    [Fact]
    public void A_report_states_when_all_targets_are_met()
    {
        var lines = LinesOf(Example.Report(Example.Section with { Targets = [Example.Section.Targets[0]] }));

        Assert.Contains("All targets are met.", lines);
        Assert.DoesNotContain(lines, line => line.Contains("missed", StringComparison.Ordinal));
    }

    [Fact]
    public void A_quick_run_warns_against_quoting_its_figures()
    {
        const string Warning = "**A quick run with short rounds. Do not quote its figures.**";

        Assert.DoesNotContain(Warning, Lines);
        Assert.Contains(Warning, LinesOf(Example.Report(Example.Section) with { Quick = true }));
    }

    [Fact]
    public void A_section_shows_its_question_and_a_plot_below_each_table()
    {
        Assert.Equal(
            [
                "## latency",
                "How long does it take?",
                "**drain of a backlog**",
                "| contender | keys/s | ratio | ratio of the rounds |",
                "| --- | ---: | ---: | ---: |",
                "| bare stream (floor) | 93,120 | 1.00 | 0.900 to 1.20 |",
            ],
            Lines.SkipWhile(line => line != "## latency").Take(6));
        Assert.Equal(
            [
                "**drain of a backlog**",
                "![drain of a backlog](report%201-latency-drain-of-a-backlog-keys-s.svg)",
                "**commit to gone at 50 changes/s, ms**",
            ],
            Lines.Where(line => line.StartsWith("![", StringComparison.Ordinal) || line.StartsWith("**", StringComparison.Ordinal))
                .SkipWhile(line => !line.StartsWith("**drain", StringComparison.Ordinal))
                .Take(3));
    }

    [Fact]
    public void Markdown_in_a_setting_is_escaped()
    {
        Assert.Contains(@"- fill\|rate: 0.5 \* \<all>", Lines);
    }

    private static string[] LinesOf(BenchReport report) =>
        new MarkdownReport(report, "report 1").Write().Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
