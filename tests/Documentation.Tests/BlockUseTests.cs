using LastMile.Events.Fabric;
using LastMile.Events.Testing.Pages;
using Xunit;

namespace Documentation.Tests;

/// <summary>Tests that each block of the documentation is run by a test, or is listed with the reason why none runs it.</summary>
public sealed class BlockUseTests
{
    private static readonly string[] WithoutUse = ["text", "mermaid"];

    private static readonly DocumentedBlock[] Blocks = [.. DocumentationPage.All.SelectMany(page => page.Blocks)];

    [Fact]
    public void Every_block_names_its_language()
    {
        Assert.DoesNotContain(Blocks, block => block.Language.Length == 0);
    }

    [Fact]
    public void Every_block_has_a_use()
    {
        Assert.DoesNotContain(
            Blocks, block => !WithoutUse.Contains(block.Language, StringComparer.Ordinal) && BlockUse.Of(block) is null);
    }

    [Fact]
    public void Every_use_fits_a_block()
    {
        Assert.Empty(BlockUse.All.Except(Blocks.Select(BlockUse.Of)));
    }

    [Fact]
    public void Every_use_has_a_test_that_takes_its_blocks_or_a_reason()
    {
        var tests = Path.Combine(RunFolder.RepositoryFolder(), "tests");
        Assert.All(BlockUse.All, use => Assert.True(use.Test is null != use.Reason is null, $"{use}"));
        Assert.All(BlockUse.All.Select(use => use.Test).OfType<string>().Distinct(), test =>
        {
            var (project, name) = (test.Split('/')[0], test.Split('/')[1]);
            var file = Assert.Single(Directory.EnumerateFiles(Path.Combine(tests, project), name + ".cs", SearchOption.AllDirectories));
            Assert.Contains($"BlockUse.BlocksFor<{name}>()", File.ReadAllText(file), StringComparison.Ordinal);
        });
    }
}
