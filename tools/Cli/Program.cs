using System.CommandLine;
using LastMile.Events.Cli;

var root = new RootCommand("LastMile Events: a committed database change purges its cache keys in every region.")
{
    new TestCommand(),
};

// Ctrl-C and SIGTERM cancel the command, which then has this long to stop its servers.
return await root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(30) });
