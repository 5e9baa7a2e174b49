using System.CommandLine;
using LastMile.Events.Bench;
using LastMile.Events.Chaos;
using LastMile.Events.Cli.Demo;
using LastMile.Events.Tool;
using LastMile.Events.Tool.Installation;

namespace LastMile.Events.Cli;

/// <summary><c>./lastmile</c>: the commands of this repository, and those for operators.</summary>
internal static class LastMileCommand
{
    /// <summary>Creates the command line.</summary>
    public static Command Create() => ToolCommand.Create(
        "./lastmile",
        [
            new DemoCommand(),
            new UpCommand(),
            new DownCommand(),
            new TestCommand(),
            new BenchCommand(),
            new ChaosCommand(),
            .. ToolCommand.All(new InstallationOption(UpFile.InstallationPath)),
        ]);
}
