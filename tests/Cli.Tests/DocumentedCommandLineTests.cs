using System.CommandLine;
using System.CommandLine.Parsing;
using System.Text.RegularExpressions;
using LastMile.Events.Cli;
using LastMile.Events.Fabric;
using LastMile.Events.Testing.Pages;
using Xunit;

namespace Cli.Tests;

/// <summary>
/// Parses the documented uses of <c>./lastmile</c>. Running them takes minutes: CommandLineTests runs <c>demo</c> and <c>up</c>, and every
/// release runs the others.
/// </summary>
public sealed partial class DocumentedCommandLineTests
{
    private const string Program = "./lastmile ";

    private static readonly string Tests = Path.Combine(RunFolder.RepositoryFolder(), "tests");

    /// <summary>Each documented command, in blocks and in running text, where a placeholder makes it no command.</summary>
    public static TheoryData<string> Commands()
    {
        var lines = BlockUse.BlocksFor<DocumentedCommandLineTests>().SelectMany(block => block.Text.Split('\n'))
            .Concat(DocumentationPage.All.SelectMany(page => page.Code).Select(code => code.Text)
                .Where(text => !Placeholder().IsMatch(text)));
        return
        [
            .. lines.Where(line => line.StartsWith(Program, StringComparison.Ordinal))
                .Select(line => line.Split(" #")[0].TrimEnd()).Distinct(StringComparer.Ordinal),
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

        // The name of a group of commands, such as quarantine, is no whole command.
        if (parsed.CommandResult.Command.Subcommands.Count == 0)
            Assert.Empty(parsed.Errors);
        Assert.NotEqual(root, parsed.CommandResult.Command);
        if (arguments[0] == "test")
            NamesTests(parsed.CommandResult);
    }

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
