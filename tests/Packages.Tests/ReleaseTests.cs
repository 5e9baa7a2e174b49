using System.Text.RegularExpressions;
using LastMile.Events.Fabric;
using LastMile.Events.Testing;
using Xunit;

namespace Packages.Tests;

/// <summary>Tests what publishes a version: .github/workflows/release.yml, and the script that reads the changelog.</summary>
public sealed partial class ReleaseTests
{
    private static readonly string Repository = RunFolder.RepositoryFolder();
    private static readonly string Workflows = Path.Combine(Repository, ".github", "workflows");
    private static readonly Workflow Release = YamlText.Parse<Workflow>(File.ReadAllText(Path.Combine(Workflows, "release.yml")));

    [Fact]
    public void Each_job_may_write_only_what_it_publishes()
    {
        Assert.Equal(["contents: read"], Rights(Release.Permissions));
        Assert.Equal(
            ["images packages: write", "publish id-token: write", "release contents: write"],
            Release.Jobs.SelectMany(job => Rights(job.Value.Permissions).Select(right => $"{job.Key} {right}"))
                .Where(right => right.EndsWith("write", StringComparison.Ordinal)));
    }

    [Fact]
    public void Nothing_is_published_before_the_tests_pass() => Assert.All(
        Release.Jobs.Where(job => job.Key != "test"),
        job => Assert.Contains("test", Before(job.Key)));

    [Fact]
    public void Each_image_is_built_by_a_service_of_the_compose_file()
    {
        var bake = Release.Jobs["images"].Steps.Single(step => step.Run is not null).Run!;
        var targets = bake.TrimEnd().Split('\n')[^1].Trim().Split(' ');
        var services = YamlText.Parse<ComposeFile>(File.ReadAllText(Path.Combine(Repository, "docker-compose.yml"))).Services;

        Assert.Equal(
            ["lastmile/invalidator", "lastmile/region-agent", "lastmile/storefront"],
            targets.Select(target => services[target].Image));
        Assert.All(targets, target => Assert.NotNull(services[target].Build));
        // Otherwise bake would push to the name that the compose file gives the image.
        Assert.All(targets, target => Assert.Contains(
            $"{target}.tags=$REGISTRY/{services[target].Image.Split('/')[1]}:$version", bake, StringComparison.Ordinal));
    }

    [Fact]
    public void All_workflows_use_the_same_version_of_an_action()
    {
        var used = Directory.EnumerateFiles(Workflows, "*.yml")
            .SelectMany(file => Action().Matches(File.ReadAllText(file))).Select(match => match.Value).Distinct(StringComparer.Ordinal);

        Assert.All(used.GroupBy(action => action.Split('@')[0], StringComparer.Ordinal), versions => Assert.Single(versions));
    }

    [Fact]
    public async Task The_release_notes_are_the_section_of_the_version()
    {
        const string Changelog = "## Unreleased\n\nlater\n\n## 0.2.0, 2027-01-01\n\n### Caching\n\n- faster\n\n## 0.1.0\n\nfirst\n";

        Assert.Equal("\n### Caching\n\n- faster\n", await NotesAsync("0.2.0", Changelog));
        Assert.Equal("\nfirst\n", await NotesAsync("0.1.0", Changelog));
        var failure = await Assert.ThrowsAnyAsync<Exception>(() => NotesAsync("0.3.0", Changelog));
        Assert.Contains("CHANGELOG.md has no section '## 0.3.0'", failure.Message, StringComparison.Ordinal);
    }

    private static async Task<string> NotesAsync(string version, string changelog)
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, changelog);
            return await Shell.RunAsync($"'{Path.Combine(Repository, ".ci", "release-notes")}' {version} {file}", Repository);
        }
        finally
        {
            File.Delete(file);
        }
    }

    // All jobs that end before a job begins.
    private static IEnumerable<string> Before(string job) => (Release.Jobs[job].Needs switch
    {
        string one => [one],
        IEnumerable<object> many => many.Cast<string>(),
        _ => [],
    }).SelectMany(needed => Before(needed).Prepend(needed));

    private static IEnumerable<string> Rights(Dictionary<string, string> permissions) =>
        permissions.Select(right => $"{right.Key}: {right.Value}");

    [GeneratedRegex(@"(?<=uses: )\S+", RegexOptions.None, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex Action();
}
