using System.Globalization;
using Spectre.Console;

namespace LastMile.Events.Chaos.Report;

/// <summary>Shows a report on the console.</summary>
internal static class ReportTables
{
    private const int MostCauses = 12;

    public static void Show(ChaosReport report)
    {
        AnsiConsole.Write(Faults(report));
        AnsiConsole.Write(Regions(report));
        AnsiConsole.Write(Readers(report));
        if (report.Independent.Count > 0)
            AnsiConsole.Write(Independent(report));
        if (report.Late.Count > 0)
            AnsiConsole.Write(Late(report));
        AnsiConsole.MarkupLine(
            $"{report.Rounds} rounds in {report.Seconds:0} s: {report.Changes:N0} changes, {report.Reads:N0} reads, "
            + $"{report.KeysChecked:N0} keys and {report.PagesChecked:N0} pages checked, "
            + $"{report.Episodes} lag episodes reported and recovered.");
        AnsiConsole.MarkupLine(
            $"Consistent again at most {report.LongestSettlingSeconds:0.0} s after a mend. Peak usage: "
            + $"{report.MostMemoryMiB} MiB per service, {report.MostConnections} connections to PostgreSQL.");
        foreach (var problem in report.Problems)
            AnsiConsole.MarkupLineInterpolated($"[red]{problem}[/]");
        foreach (var missed in report.MissedTargets)
            AnsiConsole.MarkupLineInterpolated($"[{(report.MissedTargetsFail ? "red" : "yellow")}]{missed}[/]");
        if (report.Passed)
            AnsiConsole.MarkupLineInterpolated($"[green]Passed[/] (seed {report.Seed}).");
        else
            AnsiConsole.MarkupLineInterpolated($"[red]Failed.[/] To repeat the faults: --seed {report.Seed}");
    }

    private static Table Faults(ChaosReport report)
    {
        var table = new Table().AddColumns("fault", "times");
        foreach (var (kind, times) in report.Faults.OrderBy(fault => fault.Key, StringComparer.Ordinal))
            table.AddRow(kind, times.ToString(CultureInfo.InvariantCulture));
        return table;
    }

    private static Table Regions(ChaosReport report)
    {
        var table = new Table().AddColumns("region", "purges", "within 1 s", "within 1 min", "within 5 min", "longest stale");
        foreach (var (region, times) in report.Regions)
        {
            table.AddRow(
                region,
                $"{times.Purges:N0}",
                Share(times.WithinSecond, times.Purges),
                Share(times.WithinMinute, times.Purges),
                Share(times.WithinFiveMinutes, times.Purges),
                Seconds(times.Longest));
        }

        return table;
    }

    private static Table Late(ChaosReport report)
    {
        var table = new Table().AddColumns("purges after 1 s, during", "in all regions");
        foreach (var (faults, count) in report.Late.OrderByDescending(late => late.Value).Take(MostCauses))
            table.AddRow(faults, $"{count:N0}");
        return table;
    }

    private static Table Readers(ChaosReport report)
    {
        var table = new Table().AddColumns("region", "products served", "outdated", "oldest");
        foreach (var (region, served) in report.Served)
            table.AddRow(region, $"{served.Reads:N0}", Share(served.Stale, served.Reads), Seconds(served.Longest));
        return table;
    }

    private static Table Independent(ChaosReport report)
    {
        var table = new Table().AddColumns(
            "independent region",
            string.Create(CultureInfo.InvariantCulture, $"within 1 s (target {100 * IndependentTargets.LeastWithinSecond:0} %)"),
            "the same, without excused times",
            "longest stale",
            "its excuse",
            $"longest without excuse (target {Seconds(IndependentTargets.LongestUnexcused)})");
        foreach (var region in report.Independent)
        {
            var times = report.Regions[region];
            table.AddRow(
                region,
                Share(times.WithinSecond, times.Purges),
                Share(times.UnexcusedWithinSecond, times.Purges),
                Seconds(times.Longest),
                times.Excuse ?? "none",
                Seconds(times.LongestUnexcused));
        }

        return table;
    }

    private static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.00} s");

    private static string Share(long part, long whole) =>
        whole == 0 ? "-" : string.Create(CultureInfo.InvariantCulture, $"{100.0 * part / whole:0.###} %");
}
