namespace LastMile.Events.Fabric;

/// <summary>A running server, as a local process or a container, with the operations by which tests make it fail.</summary>
public interface IServerProcess : IAsyncDisposable
{
    /// <summary>The name in messages, such as <c>redis-ams</c>.</summary>
    string Name { get; }

    /// <summary>Kills the server without a chance to clean up, like a crash; returns when it is gone.</summary>
    Task KillAsync();

    /// <summary>Shuts the server down gracefully; returns when it is gone.</summary>
    Task StopAsync();

    /// <summary>Restarts the server after a kill or a stop, on the same port and data; returns when it is ready.</summary>
    /// <exception cref="ServerStartException">The server did not become ready in time.</exception>
    Task StartAsync(CancellationToken cancellationToken = default);

    /// <summary>
    /// Freezes the server: connections stay open, but nothing responds. A local PostgreSQL freezes only in part: it accepts no new
    /// connections, but existing ones keep working.
    /// </summary>
    Task PauseAsync();

    /// <summary>Resumes a frozen server.</summary>
    Task ResumeAsync();

    /// <summary>Shuts the server down gracefully and restarts it.</summary>
    async Task RestartAsync(CancellationToken cancellationToken = default)
    {
        await StopAsync();
        await StartAsync(cancellationToken);
    }
}
