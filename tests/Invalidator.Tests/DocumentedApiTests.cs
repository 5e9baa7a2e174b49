using System.Diagnostics;
using System.Text.RegularExpressions;
using LastMile.Events.Fabric;
using Xunit;

namespace Invalidator.Tests;

/// <summary>Runs the commands of docs/api.md unchanged and in order.</summary>
public sealed class DocumentedApiTests(PurgingInvalidator running) : IClassFixture<PurgingInvalidator>
{
    private const string CurlFailsOnError = "curl() { command curl --fail-with-body --silent --show-error \"$@\"; }\n";

    [Fact]
    public async Task Every_command_works()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/curl"), "curl is not installed.");
        var page = await File.ReadAllTextAsync(
            Path.Combine(RunFolder.RepositoryFolder(), "docs", "api.md"), TestContext.Current.CancellationToken);
        string[] blocks =
        [
            .. Regex.Matches(page, "```sh\n(?<commands>[^`]*)```", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1))
                .Select(match => match.Groups["commands"].Value),
        ];
        var address = blocks[0].Replace("http://127.0.0.1:5081", running.Invalidator.App.Urls.Single(), StringComparison.Ordinal);
        var purge = (await running.Invalidator.PurgeAsync("""{"keys":["a"]}""")).Id;
        Assert.True(blocks.Length >= 6, $"only {blocks.Length} blocks of commands were found");

        FakeRegion? region = null;
        foreach (var block in blocks[1..])
        {
            // The region joins only here: the earlier commands that wait for a purge would wait for this region too.
            if (block.Contains("$api/regions", StringComparison.Ordinal))
                region ??= await FakeRegion.JoinAsync(running, "syd");
            var commands = Regex.Replace(block, "^id=\\S+", $"id={purge}", RegexOptions.None, TimeSpan.FromSeconds(1));
            var (code, output) = await ShellAsync(CurlFailsOnError + address + commands);
            Assert.True(code == 0, $"{block}{output}");
        }

        await region!.DisposeAsync();
    }

    private static async Task<(int Code, string Output)> ShellAsync(string script)
    {
        using var shell = Process.Start(new ProcessStartInfo("bash", ["-ec", script])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var (output, error) = (shell.StandardOutput.ReadToEndAsync(), shell.StandardError.ReadToEndAsync());
        await shell.WaitForExitAsync();
        return (shell.ExitCode, await output + await error);
    }
}
