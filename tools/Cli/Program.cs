using System.CommandLine;
using System.CommandLine.Help;
using LastMile.Events.Bench;
using LastMile.Events.Chaos;
using LastMile.Events.Cli;
using LastMile.Events.Cli.Demo;
using LastMile.Events.Cli.Quarantine;

var root = new Command("./lastmile", "LastMile Events: a committed database change purges its cache keys in every region.")
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

// Ctrl-C and SIGTERM cancel the command, which then has this long to stop its servers.
return await root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(30) });
