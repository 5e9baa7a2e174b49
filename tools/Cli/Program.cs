using System.CommandLine;
using LastMile.Events.Cli;
using LastMile.Events.Fabric;

var invocation = new InvocationConfiguration
{
    // Ctrl-C and SIGTERM cancel the command, which then has this long to stop its servers.
    ProcessTerminationTimeout = TimeSpan.FromSeconds(30),
    // The default handler would print a stack trace.
    EnableDefaultExceptionHandler = false,
};
return await FailedCommand.ReportAsync(
    () => LastMileCommand.Create().Parse(args).InvokeAsync(invocation),
    Console.Error,
    Path.Combine(RunFolder.RepositoryFolder(), ".lastmile", "failure.log"));
