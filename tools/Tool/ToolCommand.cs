using System.CommandLine;
using System.CommandLine.Help;
using LastMile.Events.Tool.Doctor;
using LastMile.Events.Tool.Init;
using LastMile.Events.Tool.Installation;
using LastMile.Events.Tool.Quarantine;
using LastMile.Events.Tool.Setup;
using LastMile.Events.Tool.Setup.Postgres;
using LastMile.Events.Tool.Setup.RabbitMq;
using LastMile.Events.Tool.Setup.Redis;
using LastMile.Events.Tool.Setup.Services;

namespace LastMile.Events.Tool;

/// <summary>The command line of operators. The repository's <c>./lastmile</c> offers the same commands beside its own.</summary>
internal static class ToolCommand
{
    /// <summary>Returns the commands for operators.</summary>
    /// <param name="installation">The option that names the installation file.</param>
    public static IEnumerable<Command> All(InstallationOption installation) =>
    [
        new InitCommand(),
        new SetupCommand(
            installation,
            [
                new PostgresSetupCommand(installation),
                new RedisSetupCommand(installation),
                new RabbitMqSetupCommand(installation),
                new RegionSetupCommand(installation),
                new InvalidatorSetupCommand(installation),
            ]),
        new DoctorCommand(installation),
        new QuarantineCommand(installation),
    ];

    /// <summary>Runs a command line.</summary>
    /// <param name="name">The name of the program.</param>
    /// <param name="commands">The commands.</param>
    /// <param name="arguments">The user's arguments.</param>
    /// <param name="traceFile">The file for the stack trace of a failure.</param>
    /// <param name="isComplete">Whether an exception's message needs neither its inner messages nor a stack trace.</param>
    /// <returns>The exit code.</returns>
    public static Task<int> RunAsync(
        string name, IEnumerable<Command> commands, string[] arguments, string traceFile, Func<Exception, bool> isComplete)
    {
        var root = new Command(name, "LastMile Events: a committed database change purges its cache keys in every region.");
        foreach (var command in commands)
            root.Subcommands.Add(command);
        root.Options.Add(new HelpOption { Action = new HelpWithExamples() });
        root.Options.Add(new VersionOption());

        var invocation = new InvocationConfiguration
        {
            // After Ctrl-C or SIGTERM, the command has this long to stop its servers.
            ProcessTerminationTimeout = TimeSpan.FromSeconds(30),
            // The default handler would print a stack trace.
            EnableDefaultExceptionHandler = false,
        };
        return FailedCommand.ReportAsync(
            async () =>
            {
                var parsed = root.Parse(arguments);
                var code = await parsed.InvokeAsync(invocation);
                return parsed.Errors.Count > 0 ? ExitCodes.Refused : code;
            },
            Console.Error,
            traceFile,
            isComplete);
    }
}
