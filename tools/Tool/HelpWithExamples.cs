using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace LastMile.Events.Tool;

/// <summary>A command whose <c>--help</c> ends with examples.</summary>
internal interface IHasExamples
{
    /// <summary>The examples, one or more lines.</summary>
    string Examples { get; }
}

/// <summary>Prints the help of a command, then its examples.</summary>
internal sealed class HelpWithExamples : SynchronousCommandLineAction
{
    private readonly HelpAction help = new();

    public override int Invoke(ParseResult parseResult)
    {
        var code = help.Invoke(parseResult);
        if (parseResult.CommandResult.Command is IHasExamples command)
            parseResult.InvocationConfiguration.Output.WriteLine($"Examples:\n{command.Examples}\n");
        return code;
    }
}
