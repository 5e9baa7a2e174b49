namespace LastMile.Events.Fabric;

/// <summary>A server that others use too: it can be neither stopped nor frozen.</summary>
/// <param name="name">How messages call it.</param>
internal sealed class SharedServerProcess(string name) : IServerProcess
{
    public string Name => name;

    public Task KillAsync() => throw Refusal();

    public Task StopAsync() => throw Refusal();

    public Task StartAsync(CancellationToken cancellationToken = default) => throw Refusal();

    public Task PauseAsync() => throw Refusal();

    public Task ResumeAsync() => throw Refusal();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>The error of each attempt.</summary>
    public InvalidOperationException Refusal() => new($"{name} is shared by all tests of this run. Start one of your own to stop or freeze it.");
}
