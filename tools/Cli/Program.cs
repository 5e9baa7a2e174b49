using System.CommandLine;
using System.CommandLine.Help;
using LastMile.Events.Bench;
using LastMile.Events.Chaos;
using LastMile.Events.Cli;
using LastMile.Events.Cli.Demo;
using LastMile.Events.Cli.Quarantine;
using LastMile.Events.Fabric;

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

var invocation = new InvocationConfiguration
{
    // Ctrl-C and SIGTERM cancel the command, which then has this long to stop its servers.
    ProcessTerminationTimeout = TimeSpan.FromSeconds(30),
    // The default handler would print a stack trace.
    EnableDefaultExceptionHandler = false,
};
return await FailedCommand.ReportAsync(
    () => root.Parse(args).InvokeAsync(invocation), Console.Error, Path.Combine(RunFolder.RepositoryFolder(), ".lastmile", "failure.log"));
