using System.CommandLine;
using System.CommandLine.Help;
using LastMile.Events.Bench;
using LastMile.Events.Chaos;
using LastMile.Events.Cli.Demo;
using LastMile.Events.Cli.Quarantine;

namespace LastMile.Events.Cli;

/// <summary><c>./lastmile</c>: the commands.</summary>
internal static class LastMileCommand
{
    /// <summary>Creates the command line.</summary>
    public static Command Create() =>
        new("./lastmile", "LastMile Events: a committed database change purges its cache keys in every region.")
        {
            new DemoCommand(),
            new UpCommand(),
            new DownCommand(),
            new QuarantineCommand(),
            new TestCommand(),
            new BenchCommand(),
            new ChaosCommand(),
            new HelpOption(),
            new VersionOption(),
        };
}
