using System.CommandLine;
using LastMile.Events.Bench;
using LastMile.Events.Chaos;
using LastMile.Events.Cli.Demo;
using LastMile.Events.Cli.Pack;
using LastMile.Events.Tool;
using LastMile.Events.Tool.Installation;

namespace LastMile.Events.Cli;

/// <summary>The commands of <c>./lastmile</c>.</summary>
internal static class LastMileCommands
{
    /// <summary>Creates the commands: those of the repository, and those for operators.</summary>
    public static IEnumerable<Command> All() =>
    [
        new DemoCommand(),
        new UpCommand(),
        new DownCommand(),
        new TestCommand(),
        new BenchCommand(),
        new ChaosCommand(),
        new PackCommand(),
        .. ToolCommand.All(new InstallationOption(UpFile.InstallationPath)),
    ];
}
