using System.Text.RegularExpressions;
using LastMile.Events.Fabric;
using LastMile.Events.Tool.Doctor;
using Xunit;

namespace Tool.Tests.Doctor;

/// <summary>Compares docs/operations/doctor.md with the checks of the code.</summary>
public sealed partial class DoctorPageTests
{
    private static readonly string Page = File.ReadAllText(
        Path.Combine(RunFolder.RepositoryFolder(), "docs", "operations", "doctor.md"));

    [Fact]
    public void The_page_lists_every_check_once() => Assert.Equal(
        Diagnosis.Checks.Order(StringComparer.Ordinal),
        Row().Matches(Page).Select(row => row.Groups["id"].Value).Order(StringComparer.Ordinal));

    [GeneratedRegex(
        "^\\| `(?<id>[a-z]+\\.[a-z-]+)` \\|",
        RegexOptions.Multiline | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Row();
}
