using LastMile.Events.Testing;
using LastMile.Events.Testing.Pages;
using Packages.Tests.Adoption;
using Xunit;

namespace Packages.Tests;

/// <summary>Takes samples/Shop through docs/adopt.md, to the letter, outside the repository, with the packages of this build.</summary>
public sealed class AdoptionTests(MadePackages packages, SharedServers servers, ITestOutputHelper log)
{
    private static readonly string[] Steps =
    [
        "1. Describe the installation", "2. Prepare the servers", "3. Run the services", "4. Declare what to purge", "5. Cache for longer",
        "6. Read through HybridCache", "7. Add a region", "Publish changes that no trigger sees",
    ];

    [Fact]
    public async Task The_Shop_gets_a_fenced_cache_in_two_regions_by_the_commands_of_the_page()
    {
        await using var adopting = await AdoptingShop.StartAsync(packages.Feed, servers);
        var blocks = BlockUse.BlocksFor<AdoptionTests>();
        foreach (var step in Steps)
        {
            var begun = TimeProvider.System.GetTimestamp();
            var output = "";
            foreach (var block in blocks.Where(block => block.Section == step))
                output += await adopting.FollowAsync(block);
            log.WriteLine($"{step}: {TimeProvider.System.GetElapsedTime(begun).TotalSeconds:0} s");
            await CheckAsync(adopting, step, output);
        }
    }

    private static async Task CheckAsync(AdoptingShop adopting, string step, string output)
    {
        switch (step[0])
        {
            case '3':
                Assert.Contains("postgres.tracked", output, StringComparison.Ordinal);
                Assert.Contains(" 0 errors, 1 warning", output, StringComparison.Ordinal);
                break;
            case '4':
                Assert.Contains(" 0 errors, 0 warnings", output, StringComparison.Ordinal);
                Assert.Contains("\"price\":7.00", output, StringComparison.Ordinal);
                Assert.Contains("\"price\":99.00", output, StringComparison.Ordinal);
                await adopting.RestartAsync();
                break;
            case '5':
                await adopting.RestartAsync();
                await adopting.ShowsEachChangeAsync("ams");
                break;
            case '6':
                await adopting.RestartAsync();
                await adopting.ShowsEachChangeAsync("ams");
                break;
            case 'P':
                await adopting.RestartAsync();
                break;
            case '7':
                Assert.Contains(" 0 errors, 0 warnings", output, StringComparison.Ordinal);
                await adopting.RestartAsync("syd");
                await adopting.ShowsEachChangeAsync("syd");
                break;
        }
    }
}
