using DotNet.Testcontainers.Configurations;
using DotNet.Testcontainers.Containers;
using Docker.DotNet.Models;

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
            throw await FailureAsync(e.Message, e);
        }

        if (problem is not null)
            throw await FailureAsync(problem, inner: null);
    }

    public Task StopAsync() => container.StopAsync();

    public async Task KillAsync()
    {
        using var client = TestcontainersSettings.OS.DockerEndpointAuthConfig.GetDockerClientBuilder(Guid.NewGuid()).Build();
        await client.Containers.KillContainerAsync(container.Id, new ContainerKillParameters());
        // Lets the library see that it is gone.
        await container.StopAsync();
    }

    public Task PauseAsync() => container.PauseAsync();

    public Task ResumeAsync() => container.UnpauseAsync();

    public ValueTask DisposeAsync() => container.DisposeAsync();

    private string? Ended() =>
        container.State is TestcontainersStates.Exited or TestcontainersStates.Dead ? "its container ended." : null;

    private async Task<ServerStartException> FailureAsync(string reason, Exception? inner)
    {
        string[] log = [];
        if (container.State is not TestcontainersStates.Undefined)
        {
            var (output, errors) = await container.GetLogsAsync();
            log = [.. (output + errors).Split('\n').TakeLast(LogLines)];
        }

        return new ServerStartException(
            name, reason, log, $"Check that the engine can pull {container.Image.FullName}, or set {ServerChoice.Variable}=local.", inner);
    }
}
