using System.Text.Json.Nodes;
using LastMile.Events.Bench.Results;
using Xunit;

namespace Bench.Tests;

public sealed class BenchReportTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("bench-tests-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task A_report_is_written_as_JSON_and_Markdown_with_a_plot_for_each_comparison()
    {
        var file = Path.Combine(folder.FullName, "not", "there", "report.json");

        var written = await Example.Report(Example.Section).WriteAsync(file, TestContext.Current.CancellationToken);

        Assert.Equal(
            [
                "report.json",
                "report.md",
                "report-latency-drain-of-a-backlog-keys-s.svg",
                "report-latency-commit-to-gone-at-50-changes-s.svg",
            ],
            written.Select(path => Path.GetFileName(path)));
        Assert.Equal(written.Order(), Directory.GetFiles(Path.GetDirectoryName(file)!).Order());
    }

    [Fact]
    public async Task A_file_name_without_a_folder_refers_to_the_current_folder()
    {
        var written = await Example.Report().WriteAsync(folder.Name + ".json", TestContext.Current.CancellationToken);

        Assert.Equal([Path.GetFullPath(folder.Name + ".json"), Path.GetFullPath(folder.Name + ".md")], written);
        foreach (var file in written)
        {
            Assert.True(File.Exists(file));
            File.Delete(file);
        }
    }

    [Fact]
    public async Task The_JSON_records_the_machine_the_servers_and_every_sample()
    {
        var report = await WriteAsync(Example.Section);

        Assert.Equal("2026-11-23T08:25:00+00:00", (string?)report["date"]);
        Assert.False((bool)report["quick"]!);
        Assert.Equal((2, "Some Model"), ((int)report["machine"]!["cores"]!, (string?)report["machine"]!["cpu"]));
        Assert.Equal("15.18", (string?)report["servers"]!["PostgreSQL"]);
        var section = report["sections"]![0]!;
        Assert.Equal(("latency", "How long does it take?"), ((string?)section["section"], (string?)section["question"]));
        Assert.Equal([64_260, 71_400, 85_680], Numbers(section["comparisons"]![0]!["contenders"]![1]!["samples"]!));
        var rounds = section["latencies"]![0]!["contenders"]![0]!["rounds"]!.AsArray();
        Assert.Equal([1_000, 1_001], rounds.Select(round => round!.AsArray().Count));
        Assert.Equal(
            Example.Latencies.Contenders[0].Rounds[0],
            Numbers(rounds[0]!),
            (expected, actual) => Math.Abs(expected - actual) < 0.0001);
    }

    [Fact]
    public async Task A_value_that_is_not_a_number_does_not_break_the_report()
    {
        var idle = new Comparison("idle", "%", [Contender.Of("bare", [0, double.NaN], [0, 0])]);

        var report = await WriteAsync(Example.Section with { Comparisons = [idle] });

        var contender = report["sections"]![0]!["comparisons"]![0]!["contenders"]![0]!;
        Assert.Equal("NaN", (string?)contender["ratio"]);
        Assert.Equal("[0,null]", contender["samples"]!.ToJsonString());
    }

    private static IEnumerable<double> Numbers(JsonNode array) => array.AsArray().Select(number => (double)number!);

    private async Task<JsonNode> WriteAsync(SectionResult section)
    {
        var file = Path.Combine(folder.FullName, "report.json");
        var written = await Example.Report(section).WriteAsync(file, TestContext.Current.CancellationToken);
        return JsonNode.Parse(await File.ReadAllTextAsync(written[0], TestContext.Current.CancellationToken))!;
    }
}
