namespace LastMile.Events.Fabric;

/// <summary>A server that runs as a child process.</summary>
/// <param name="command">
/// The command. Its <see cref="ChildCommand.StopSignal"/> ends it at once, without saving data.
/// </param>
/// <param name="gracefulSignal">The signal for a graceful shutdown that writes data to disk.</param>
/// <param name="isReady">Checks whether the server is ready.</param>
/// <param name="startDeadline">The time limit for a start.</param>
internal sealed class LocalServerProcess(
    ChildCommand command, string gracefulSignal, Func<CancellationToken, Task<bool>> isReady, TimeSpan startDeadline) : IServerProcess
{
    private static readonly TimeSpan GracefulStop = TimeSpan.FromSeconds(30);

    private ChildProcess? child;

    public string Name => command.Name;

    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        if (child is not null)
            await child.DisposeAsync();
        var starting = child = await ChildProcess.StartAsync(command, cancellationToken);
        var problem = await Readiness.WaitAsync(isReady, () => Ended(starting), startDeadline, cancellationToken);
        if (problem is null)
            return;

        var log = starting.LastLogLines();
        await starting.DisposeAsync();
        throw new ServerStartException(Name, problem, log, $"Its command was: {command.FileName} {string.Join(' ', command.Arguments)}");
    }

    public Task KillAsync() => child?.KillAsync() ?? Task.CompletedTask;

    public async Task StopAsync()
    {
        if (child is null)
            return;
        await child.SignalAsync(gracefulSignal);
        try
        {
            await child.Exited.WaitAsync(GracefulStop);
        }
        catch (TimeoutException)
        {
            await child.KillAsync();
        }
    }

    public async Task PauseAsync()
    {
        if (child is not { } running)
            return;
        await running.SignalAsync("STOP");
        var problem = await Readiness.WaitAsync(
            _ => Task.FromResult(running.IsStopped()), () => Ended(running), GracefulStop, CancellationToken.None);
        if (problem is not null)
            throw new InvalidOperationException($"{Name} did not pause: {problem}");
    }

    public Task ResumeAsync() => child?.SignalAsync("CONT") ?? Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (child is not null)
            await child.DisposeAsync();
        child = null;
    }

    private static string? Ended(ChildProcess process) =>
        process.Exited.IsCompletedSuccessfully ? $"it ended with exit code {process.Exited.Result}." : null;
}
