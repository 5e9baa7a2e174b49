using LastMile.Events.Fabric;
using LastMile.Events.Testing.Pages;
using Xunit;

namespace Fabric.Tests;

/// <summary>
/// Runs the documented commands of Docker without an engine: each must have the options of its command and name parts of
/// docker-compose.yml. <c>./lastmile test --docker</c> does the same with an engine.
/// </summary>
public sealed class DocumentedContainerTests
{
    private const string Docker = "docker() { printf '%s\\n' \"docker $*\"; }\n";

    private static readonly ComposeFile File = ComposeFile.Read(Path.Combine(RunFolder.RepositoryFolder(), "docker-compose.yml"));

    // The options that end with = have a value.
    private static readonly Dictionary<string, string[]> Options = new(StringComparer.Ordinal)
    {
        ["docker compose"] = ["--profile="],
        ["docker compose build"] = [],
        ["docker compose up"] = ["--build", "--detach", "--wait"],
        ["docker compose logs"] = ["--no-log-prefix"],
        ["docker compose down"] = ["--volumes"],
        ["docker buildx bake"] = ["--set="],
        ["docker run"] = ["--read-only", "--cap-drop=", "--security-opt=", "--env-file=", "--publish="],
        ["docker tag"] = [],
        ["docker push"] = [],
    };

    private static IEnumerable<string> Images =>
        File.Services.Values.Select(service => service.Image).Where(image => image.StartsWith("lastmile/", StringComparison.Ordinal));

    public static TheoryData<string> Places() => [.. BlockUse.BlocksFor<DocumentedContainerTests>().Select(block => block.ToString())];

    [Theory]
    [MemberData(nameof(Places))]
    public async Task The_commands_of_a_block_name_parts_of_the_compose_file(string place)
    {
        var block = BlockUse.BlocksFor<DocumentedContainerTests>().Single(block => block.ToString() == place);

        var (code, output, error) = await DocumentedShell.RunAsync(Docker + block.Text);

        Assert.True(code == 0, error);
        Assert.Equal("", error);
        Assert.All(output.TrimEnd('\n').Split('\n'), Check);
    }

    [Theory]
    [InlineData("docker compose --profile observabilty up")]
    [InlineData("docker compose logs redy")]
    [InlineData("docker compose start")]
    [InlineData("docker compose up --volumes")]
    [InlineData("docker buildx bake redis-ams")]
    [InlineData("docker run lastmile/agent")]
    [InlineData("docker tag lastmile/invalidator registry.example.com/lastmile/region-agent:0.1.0")]
    public void A_command_that_names_something_else_is_found(string command) => Assert.ThrowsAny<Exception>(() => Check(command));

    private static void Check(string line)
    {
        var (command, names, values) = Read(line);
        switch (command)
        {
            case "docker buildx bake":
                // One service of each image.
                Assert.Equal(Images.Distinct().Order(), names.Select(name => File.Services[name].Image).Order());
                break;
            case "docker run":
                Assert.Contains(Assert.Single(names), Images);
                break;
            case "docker tag":
                Assert.Contains(names[0], Images);
                Assert.StartsWith($"registry.example.com/{names[0]}:", Assert.Single(names[1..]), StringComparison.Ordinal);
                break;
            case "docker push":
                Assert.Contains(Assert.Single(names)["registry.example.com/".Length..].Split(':')[0], Images);
                break;
            default:
                Assert.All(names, name => Assert.Contains(name, File.Services.Keys));
                Assert.All(values, value => Assert.Contains(File.Services.Values, service => service.Profiles.Contains(value)));
                break;
        }
    }

    // Separates a command, what it is applied to, and the values of its options.
    private static (string Command, List<string> Names, List<string> Values) Read(string line)
    {
        var (command, names, values) = ("docker", new List<string>(), new List<string>());
        var words = new Queue<string>(line.Split(' ').Skip(1));
        while (words.TryDequeue(out var word))
        {
            if (Options.Keys.Any(known => $"{known} ".StartsWith($"{command} {word} ", StringComparison.Ordinal)))
                command += $" {word}";
            else if (!word.StartsWith("--", StringComparison.Ordinal))
                names.Add(word);
            else if (Options[command].Contains(word + "="))
                values.Add(words.Dequeue());
            else
                Assert.Contains(word, Options[command]);
        }

        return (command, names, values);
    }
}
