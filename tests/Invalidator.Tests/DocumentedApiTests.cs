using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using LastMile.Events.Invalidator.Api.Access;
using LastMile.Events.Testing.Pages;
using Microsoft.Extensions.Configuration;
using Xunit;

namespace Invalidator.Tests;

/// <summary>Runs the commands of docs/api.md unchanged and in order, and compares the documented answers with theirs.</summary>
public sealed class DocumentedApiTests(PurgingInvalidator running) : IClassFixture<PurgingInvalidator>
{
    private const string CurlFailsOnError = "curl() { command curl --fail-with-body --silent --show-error \"$@\"; }\n";

    private static readonly IReadOnlyList<DocumentedBlock> Blocks = BlockUse.BlocksFor<DocumentedApiTests>();

    [Fact]
    public async Task Every_command_works_and_every_documented_answer_has_the_members_of_the_real_one()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/curl"), "curl is not installed.");
        var address = Blocks[0].Text.Replace("http://127.0.0.1:5081", running.Invalidator.App.Urls.Single(), StringComparison.Ordinal);
        var purge = (await running.Invalidator.PurgeAsync("""{"keys":["a"]}""")).Id;
        Assert.True(Blocks.Count >= 10, $"only {Blocks.Count} blocks were found");

        FakeRegion? region = null;
        foreach (var block in Blocks.Skip(1).Where(block => block.Language == "sh"))
        {
            // The region joins only here: the earlier commands that wait for a purge would wait for this region too.
            if (block.Text.Contains("$api/regions", StringComparison.Ordinal))
                region ??= await FakeRegion.JoinAsync(running, "syd");
            await RunAsync(block);
        }

        // The last command has removed the region, so it joins again.
        await region!.DisposeAsync();
        region = await FakeRegion.JoinAsync(running, "syd");
        var answered = Blocks.Zip(Blocks.Skip(1)).Where(pair => pair.Second.Language == "json" && !IsSettings(pair.Second));
        foreach (var (command, documented) in answered)
            Assert.Equal(Members(documented.Text), Members(await RunAsync(command)));
        await region.DisposeAsync();

        async Task<string> RunAsync(DocumentedBlock block)
        {
            var commands = Regex.Replace(block.Text, "^id=\\S+", $"id={purge}", RegexOptions.None, TimeSpan.FromSeconds(1));
            var (code, output, error) = await DocumentedShell.RunAsync(CurlFailsOnError + address + commands);
            Assert.True(code == 0, $"{block}: {output}{error}");
            return output;
        }
    }

    [Fact]
    public void The_documented_settings_are_valid()
    {
        var json = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(Blocks.Single(IsSettings).Text));
        var settings = new ConfigurationBuilder().AddJsonStream(json).Build();

        var options = settings.GetRequiredSection(ApiOptions.Section).Get<ApiOptions>(binder => binder.ErrorOnUnknownConfiguration = true);

        Assert.Empty(options!.Validate(new(options)));
        Assert.NotEmpty(options.Keys);
    }

    private static bool IsSettings(DocumentedBlock block) => block.Text.Contains("\"Api\"", StringComparison.Ordinal);

    // The paths of all members; of an array, those of its first element.
    private static SortedSet<string> Members(string json)
    {
        var members = new SortedSet<string>(StringComparer.Ordinal);
        Collect(JsonNode.Parse(json), "");
        return members;

        void Collect(JsonNode? node, string path)
        {
            if (node is JsonArray { Count: > 0 } array)
                Collect(array[0], path + "[]");
            if (node is not JsonObject value)
                return;
            foreach (var (name, inner) in value)
            {
                members.Add($"{path}.{name}");
                Collect(inner, $"{path}.{name}");
            }
        }
    }
}
