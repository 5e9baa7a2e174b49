using Docker.DotNet.Models;
using DotNet.Testcontainers.Containers;

namespace LastMile.Events.Fabric;

/// <summary>A server that runs in a container.</summary>
internal sealed class ContainerProcess(
    string name, IContainer container, Func<CancellationToken, Task<bool>> isReady, TimeSpan startDeadline) : IServerProcess
{
    private const int LogLines = 15;

    public string Name => name;

    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        string? problem;
        try
        {
            await container.StartAsync(cancellationToken);
            problem = await Readiness.WaitAsync(isReady, Ended, startDeadline, cancellationToken);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw await ContainerEngine.FailureAsync(name, container.Image.FullName, e, await LogAsync());
        }

        if (problem is not null)
            throw EngineFailure.Container(name, container.Image.FullName, problem, await LogAsync(), inner: null);
    }

    public Task StopAsync() => container.StopAsync();

    public async Task KillAsync()
    {
        using var client = ContainerEngine.Connect();
        await client.Containers.KillContainerAsync(container.Id, new ContainerKillParameters());
        // Makes Testcontainers notice that the container is gone.
        await container.StopAsync();
    }

    public Task PauseAsync() => container.PauseAsync();

    public Task ResumeAsync() => container.UnpauseAsync();

    public ValueTask DisposeAsync() => container.DisposeAsync();

    private string? Ended() =>
        container.State is TestcontainersStates.Exited or TestcontainersStates.Dead ? "its container exited." : null;

    private async Task<string[]> LogAsync()
    {
        if (container.State is TestcontainersStates.Undefined)
            return [];
        var (output, errors) = await container.GetLogsAsync();
        return [.. (output + errors).Split('\n').TakeLast(LogLines)];
    }
}
