using LastMile.Events.Testing;
using Xunit;

namespace Tool.Tests.Doctor;

/// <summary>Misconfigures a running system in one way at a time. The doctor must report exactly that, and its remedy must fix it.</summary>
[RunsFirst]
public sealed class DoctorTests(DoctorSystem system, ITestOutputHelper output) : IClassFixture<DoctorSystem>
{
    // A region without replication needs a resync, and its agent then waits a second before it recovers.
    private static readonly TimeSpan Recovery = TimeSpan.FromSeconds(60);

    public static TheoryData<string> Names => [.. Misconfigurations.All.Keys];

    [Fact]
    public async Task A_healthy_system_has_no_findings() => await IsCleanAsync();

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Doctor_reports_a_misconfiguration_and_its_remedy_fixes_it(string name)
    {
        var misconfiguration = Misconfigurations.All[name];
        await (misconfiguration.BreakAsync?.Invoke(system) ?? Task.CompletedTask);
        try
        {
            var found = await Eventually.Async(
                () => DoctorSystem.DiagnoseAsync(misconfiguration.Settings(system)),
                seen => Expected(misconfiguration).All(where => seen.Any(problem => problem.Where == where)),
                Recovery);

            foreach (var problem in found)
                output.WriteLine($"{problem}");
            Assert.DoesNotContain(found, problem => !Expected(misconfiguration).Contains(problem.Where)
                && !misconfiguration.MayFollow.Any(where => problem.Where.StartsWith(where, StringComparison.Ordinal)));
            Assert.Contains(
                found,
                problem => problem.Where == misconfiguration.Finding
                    && problem.Finding.Problem.Contains(misconfiguration.Problem, StringComparison.Ordinal)
                    && problem.Finding.Remedy.Contains(misconfiguration.Remedy, StringComparison.Ordinal));
        }
        finally
        {
            await misconfiguration.MendAsync(system, misconfiguration.Remedy);
        }

        // A wrong installation file does not change the system.
        if (misconfiguration.BreakAsync is not null)
            await IsCleanAsync();
    }

    private static string[] Expected(Misconfiguration misconfiguration) => [misconfiguration.Finding, .. misconfiguration.Also];

    private async Task IsCleanAsync() => await Eventually.Async(
        () => DoctorSystem.DiagnoseAsync(system.Settings), found => found.Count == 0, Recovery, "the doctor finds nothing");
}
