using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using System.Text.RegularExpressions;
using LastMile.Events.Cli;
using LastMile.Events.Fabric;
using LastMile.Events.Testing.Pages;
using LastMile.Events.Tool;
using LastMile.Events.Tool.Installation;
using Xunit;

namespace Cli.Tests;

/// <summary>
/// Parses the documented uses of <c>./lastmile</c> and of the tool <c>lastmile</c>. Running the former takes minutes. CommandLineTests runs
/// <c>demo</c> and <c>up</c>, and every release runs the others. Tests of the tool run the latter's blocks.
/// </summary>
public sealed partial class DocumentedCommandLineTests
{
    private const string Program = "./lastmile ";
    private const string Tool = "lastmile ";

    private static readonly string Tests = Path.Combine(RunFolder.RepositoryFolder(), "tests");

    /// <summary>Each documented command of the repository without placeholders, in blocks and in running text.</summary>
    public static TheoryData<string> Commands() => Beginning(
        Program,
        BlockUse.BlocksFor<DocumentedCommandLineTests>().SelectMany(LinesOf),
        DocumentedCode().Where(text => !Placeholder().IsMatch(text)));

    /// <summary>Each documented command of the tool, in blocks and, without <c>…</c>, in running text.</summary>
    public static TheoryData<string> ToolCommands() => Beginning(
        Tool,
        DocumentationPage.All.SelectMany(page => page.Blocks).Where(block => block.Language == "sh").SelectMany(LinesOf),
        DocumentedCode().Where(text => !text.Contains('…', StringComparison.Ordinal)));

    [Theory]
    [MemberData(nameof(Commands))]
    public void A_documented_command_is_accepted(string line)
    {
        var parsed = Parse(LastMileCommands.All(), line[Program.Length..]);

        if (parsed.CommandResult.Command.Name == "test")
            NamesTests(parsed.CommandResult);
    }

    [Theory]
    [MemberData(nameof(ToolCommands))]
    public void A_documented_command_of_the_tool_is_accepted(string line) =>
        Parse(ToolCommand.All(new InstallationOption()), line[Tool.Length..]);

    private static ParseResult Parse(IEnumerable<Command> commands, string line)
    {
        var root = new Command("lastmile") { new HelpOption(), new VersionOption() };
        foreach (var command in commands)
            root.Subcommands.Add(command);
        string[] arguments = [.. CommandLineParser.SplitCommandLine(line.Replace('\'', '"'))];
        var parsed = root.Parse(arguments);

        // A command's name alone, such as quarantine, is no whole command.
        if (arguments.Length > Depth(parsed.CommandResult))
            Assert.Empty(parsed.Errors);
        Assert.True(parsed.CommandResult.Command != root || arguments[0].StartsWith("--", StringComparison.Ordinal), line);
        return parsed;
    }

    private static int Depth(SymbolResult command) => command.Parent is { } parent ? Depth(parent) + 1 : 0;

    private static TheoryData<string> Beginning(string program, params IEnumerable<string>[] lines) =>
    [
        .. lines.SelectMany(line => line).Where(line => line.StartsWith(program, StringComparison.Ordinal))
            .Select(line => ShellSyntax().Split(line)[0].TrimEnd()).Distinct(StringComparer.Ordinal),
    ];

    private static IEnumerable<string> DocumentedCode() => DocumentationPage.All.SelectMany(page => page.Code).Select(code => code.Text);

    private static IEnumerable<string> LinesOf(DocumentedBlock block) =>
        block.Text.Replace("\\\n", "", StringComparison.Ordinal).Split('\n');

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

    // Comments, redirections and other commands.
    [GeneratedRegex(" (#|>|<|[|]|&&)", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex ShellSyntax();

    [GeneratedRegex("…|\\b[A-Z]+\\b", RegexOptions.NonBacktracking)]
    private static partial Regex Placeholder();
}
