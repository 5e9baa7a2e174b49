namespace LastMile.Events.Fabric;

/// <summary>Where servers come from.</summary>
public enum ServerSource
{
    /// <summary>Containers of the Docker engine that answers.</summary>
    Docker,

    /// <summary>Programs installed on this machine.</summary>
    Local,
}

/// <summary>Decides where servers come from: an engine that answers is preferred, since it needs nothing installed.</summary>
public static class ServerChoice
{
    /// <summary>The environment variable that overrides the choice.</summary>
    public const string Variable = "LASTMILE_SERVERS_MODE";

    private static readonly TimeSpan EngineTimeout = TimeSpan.FromSeconds(2);

    /// <summary>Decides for this machine.</summary>
    public static async Task<ServerSource> DecideAsync(CancellationToken cancellationToken = default)
    {
        var mode = Environment.GetEnvironmentVariable(Variable);
        var engineAnswers = string.IsNullOrEmpty(mode) && await DockerEngine.AnswersAsync(EngineTimeout, cancellationToken);
        return Decide(mode, engineAnswers);
    }

    /// <summary>Opens a source of servers.</summary>
    /// <param name="source">Which.</param>
    /// <param name="folder">Where local servers keep their data and logs; must exist.</param>
    public static IServers Open(ServerSource source, string folder) =>
        source == ServerSource.Docker ? new ContainerServers() : new LocalServers(folder);

    /// <summary>The rule.</summary>
    /// <param name="mode">The value of <see cref="Variable"/>.</param>
    /// <param name="engineAnswers">Whether a Docker engine answers.</param>
    /// <exception cref="ArgumentException">The variable holds something else than <c>local</c> or <c>docker</c>.</exception>
    public static ServerSource Decide(string? mode, bool engineAnswers) => mode?.ToUpperInvariant() switch
    {
        null or "" => engineAnswers ? ServerSource.Docker : ServerSource.Local,
        "DOCKER" => ServerSource.Docker,
        "LOCAL" => ServerSource.Local,
        _ => throw new ArgumentException($"{Variable} is '{mode}'; it takes 'local' or 'docker', or nothing to choose by itself.", nameof(mode)),
    };
}
