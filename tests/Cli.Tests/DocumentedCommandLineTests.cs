using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.RegularExpressions;
using LastMile.Events.Cli;
using LastMile.Events.Fabric;
using LastMile.Events.Testing.Pages;
using Xunit;

namespace Cli.Tests;

/// <summary>
/// Parses the documented uses of <c>./lastmile</c> and <c>lastmile</c>. Running them takes minutes: CommandLineTests runs <c>demo</c> and
/// <c>up</c>, and Tool.Tests runs the commands for operators.
/// </summary>
public sealed partial class DocumentedCommandLineTests
{
    private const string Program = "lastmile ";

    private static readonly string Tests = Path.Combine(RunFolder.RepositoryFolder(), "tests");

    /// <summary>Each documented command, in blocks and in running text, where a placeholder makes it no command.</summary>
    public static TheoryData<string> Commands()
    {
        var lines = BlockUse.BlocksFor<DocumentedCommandLineTests>().SelectMany(block => CommandsIn(block.Text))
            .Concat(DocumentationPage.All.SelectMany(page => page.Code).Select(code => code.Text)
                .Where(text => !Placeholder().IsMatch(text)));
        return
        [
            .. lines.Select(line => line.StartsWith("./", StringComparison.Ordinal) ? line[2..] : line)
                .Where(line => line.StartsWith(Program, StringComparison.Ordinal)).Distinct(StringComparer.Ordinal),
        ];
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public void A_documented_command_is_accepted(string line)
    {
        string[] arguments = [.. CommandLineParser.SplitCommandLine(line[Program.Length..])];

        var root = new Command("./lastmile");
        foreach (var command in LastMileCommands.All())
            root.Subcommands.Add(command);
        var parsed = root.Parse(arguments);

        // Running text may name a command without its arguments.
        if (parsed.Tokens.Any(token => token.Type != TokenType.Command))
            Assert.Empty(parsed.Errors);
        Assert.NotEqual(root, parsed.CommandResult.Command);
        if (arguments[0] == "test")
            NamesTests(parsed.CommandResult);
    }

    // Splits a block into commands, without comments and redirections. Help needs no command.
    private static IEnumerable<string> CommandsIn(string block) => block.Replace("\\\n", " ", StringComparison.Ordinal).Split('\n')
        .SelectMany(line => line.Split([" | ", " && ", " || "], StringSplitOptions.TrimEntries))
        .Select(command => command.Split(" #")[0].Split(" >")[0].TrimEnd())
        .Where(command => !command.EndsWith(" --help", StringComparison.Ordinal));

    // The command line accepts any text as a project or a part of a test's name.
    private static void NamesTests(CommandResult test)
    {
        var projects = test.GetValue<string[]>("project") ?? [];
        var filters = test.GetValue<string[]>("--filter") ?? [];
        Assert.All(projects, project => Assert.True(Directory.Exists(Path.Combine(Tests, project + ".Tests")), project));
        Assert.All(filters, filter => Assert.True(
            Directory.EnumerateFiles(Tests, "*.cs", SearchOption.AllDirectories)
                .Any(file => File.ReadAllText(file).Contains(filter, StringComparison.OrdinalIgnoreCase)),
            filter));
    }

    [GeneratedRegex("…|\\b[A-Z]+\\b", RegexOptions.NonBacktracking)]
    private static partial Regex Placeholder();
}
