namespace LastMile.Events.Fabric;

/// <summary>A started server as something that can fail: what tests do to it. A local process, or a container.</summary>
public interface IServerProcess : IAsyncDisposable
{
    /// <summary>How messages call it, as <c>redis-ams</c>.</summary>
    string Name { get; }

    /// <summary>Kills it without a chance to clean up, as a crash would; returns when it is gone.</summary>
    Task KillAsync();

    /// <summary>Shuts it down in good order; returns when it is gone.</summary>
    Task StopAsync();

    /// <summary>Starts it again after a kill or a stop, on the same port and data; returns when it is ready.</summary>
    /// <exception cref="ServerStartException">It did not become ready in time.</exception>
    Task StartAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Freezes it: connections stay open, nothing answers. A local PostgreSQL freezes in part only: it accepts no new
    /// connections, those that it has go on.
    /// </summary>
    Task PauseAsync();

    /// <summary>Thaws it.</summary>
    Task ResumeAsync();

    /// <summary>Shuts it down in good order and starts it again.</summary>
    async Task RestartAsync(CancellationToken cancellationToken = default)
    {
        await StopAsync();
        await StartAsync(cancellationToken);
    }
}
