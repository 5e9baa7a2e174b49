using System.Text.Json;
using LastMile.Events.Testing;
using LastMile.Events.Testing.Pages;
using LastMile.Events.Tool.Installation;
using Xunit;

namespace Tool.Tests.Doctor;

/// <summary>Misconfigures a running system in one way at a time. The doctor must report exactly that, and its remedy must fix it.</summary>
[RunsFirst]
public sealed class DoctorTests(DoctorSystem system, ITestOutputHelper output) : IClassFixture<DoctorSystem>
{
    public static TheoryData<string> Names => [.. Misconfigurations.All.Keys];

    [Fact]
    public async Task A_healthy_system_has_no_findings() => await system.IsCleanAsync();

    [Theory]
    [MemberData(nameof(Names))]
    public Task Doctor_reports_a_misconfiguration_and_its_remedy_fixes_it(string name) =>
        system.CheckAsync(Misconfigurations.All[name], output);

    [Fact]
    public async Task The_documented_commands_check_the_installation()
    {
        using var tool = Installed(system.Settings);
        await system.IsCleanAsync();

        var result = await tool.RunShellAsync(Block("--all").Text);

        Assert.True(result.Code == 0, result.ToString());
        Assert.Equal(3, result.Output.Split(" checks: 0 errors, 0 warnings").Length - 1);
        Assert.Contains("\"exitCode\": 0", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_documented_pipeline_lists_the_errors()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/jq"), "jq is not installed.");
        using var tool = Installed(system.Settings with { Redis = new("127.0.0.1:1,password=none") });

        // Without -e, bash continues after errors.
        var result = await tool.RunShellAsync("set +e\n" + Block("jq ").Text);

        Assert.True(result.Code == 0, result.ToString());
        Assert.StartsWith("primary: redis.reachable: The login of default to 127.0.0.1:1 fails: ", result.Output, StringComparison.Ordinal);
    }

    // The page's names of the file.
    private static ToolRun Installed(InstallationSettings settings)
    {
        var tool = new ToolRun();
        foreach (var name in (string[])["lastmile.json", "production.json"])
            File.WriteAllText(tool.PathOf(name), JsonSerializer.Serialize(settings));
        return tool;
    }

    private static DocumentedBlock Block(string text) =>
        BlockUse.BlocksFor<DoctorTests>().Single(block => block.Text.Contains(text, StringComparison.Ordinal));
}
