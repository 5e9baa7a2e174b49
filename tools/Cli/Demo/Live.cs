using Spectre.Console;

namespace LastMile.Events.Cli.Demo;

/// <summary>Shows the progress of a task: a bar on a terminal, lines otherwise.</summary>
internal static class Live
{
    public static Task RunAsync(string what, int total, Func<Action<int>, Task> work) =>
        AnsiConsole.Progress()
            .Columns(
                new TaskDescriptionColumn { Alignment = Justify.Left },
                new ProgressBarColumn(),
                new PercentageColumn(),
                new ElapsedTimeColumn())
            .StartAsync(context =>
            {
                var task = context.AddTask($"   {total:N0} {what}", maxValue: total);
                return work(done => task.Increment(done));
            });
}
