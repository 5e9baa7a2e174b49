namespace LastMile.Events.Fabric;

/// <summary>Where servers come from.</summary>
public enum ServerSource
{
    /// <summary>Containers of the Docker engine that answers.</summary>
    Docker,

    /// <summary>Programs installed on this machine.</summary>
    Local,
}

/// <summary>
/// Decides where servers come from: programs that are installed are preferred, since they start in a second and need no image; an engine that
/// answers is for a machine without them.
/// </summary>
public static class ServerChoice
{
    /// <summary>The environment variable that overrides the choice.</summary>
    public const string Variable = "LASTMILE_SERVERS_MODE";

    /// <summary>Decides for this machine.</summary>
    public static async Task<ServerSource> DecideAsync(CancellationToken cancellationToken = default)
    {
        var mode = Environment.GetEnvironmentVariable(Variable);
        var installed = InstalledServers.AreComplete();
        var engineAnswers = string.IsNullOrEmpty(mode) && !installed && await DockerEngine.AnswersAsync(cancellationToken);
        return Decide(mode, installed, engineAnswers);
    }

    /// <summary>Opens a source of servers.</summary>
    /// <param name="source">Which.</param>
    /// <param name="folder">Where local servers keep their data and logs; must exist.</param>
    public static IServers Open(ServerSource source, string folder) =>
        source == ServerSource.Local ? new LocalServers(folder) : new ContainerServers();

    /// <summary>The rule.</summary>
    /// <param name="mode">The value of <see cref="Variable"/>.</param>
    /// <param name="installed">Whether the programs of all three servers are installed.</param>
    /// <param name="engineAnswers">Whether a Docker engine answers.</param>
    /// <exception cref="ArgumentException">The variable holds something else than <c>local</c> or <c>docker</c>.</exception>
    public static ServerSource Decide(string? mode, bool installed, bool engineAnswers) => mode?.ToUpperInvariant() switch
    {
        null or "" => engineAnswers && !installed ? ServerSource.Docker : ServerSource.Local,
        "DOCKER" => ServerSource.Docker,
        "LOCAL" => ServerSource.Local,
        _ => throw new ArgumentException($"{Variable} is '{mode}'; it takes 'local' or 'docker', or nothing to choose by itself.", nameof(mode)),
    };
}
