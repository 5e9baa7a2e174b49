namespace LastMile.Events.Fabric;

/// <summary>A server that other tests use too, so it can be neither stopped nor frozen.</summary>
/// <param name="name">The name in messages.</param>
internal sealed class SharedServerProcess(string name) : IServerProcess
{
    public string Name => name;

    public Task KillAsync() => throw Refusal();

    public Task StopAsync() => throw Refusal();

    public Task StartAsync(CancellationToken cancellationToken = default) => throw Refusal();

    public Task PauseAsync() => throw Refusal();

    public Task ResumeAsync() => throw Refusal();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Returns the error for an attempt to stop, freeze, or restart it.</summary>
    public InvalidOperationException Refusal() =>
        new($"All tests of this run share {name}. To stop or freeze it, start a separate server.");
}
