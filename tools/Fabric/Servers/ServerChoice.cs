namespace LastMile.Events.Fabric;

/// <summary>The source of servers.</summary>
public enum ServerSource
{
    /// <summary>Containers of a Docker engine.</summary>
    Docker,

    /// <summary>Programs installed on this machine.</summary>
    Local,
}

/// <summary>
/// Chooses the source of servers. Installed programs are preferred, because they start in a second and need no image. A Docker engine is
/// used on machines without them.
/// </summary>
public static class ServerChoice
{
    /// <summary>The environment variable that overrides the choice.</summary>
    public const string Variable = "LASTMILE_SERVERS_MODE";

    /// <summary>Chooses for this machine.</summary>
    public static async Task<ServerSource> DecideAsync(CancellationToken cancellationToken = default)
    {
        var mode = Environment.GetEnvironmentVariable(Variable);
        var installed = InstalledServers.AreComplete();
        var engineAnswers = string.IsNullOrEmpty(mode) && !installed && await DockerEngine.AnswersAsync(cancellationToken);
        return Decide(mode, installed, engineAnswers);
    }

    /// <summary>Opens a source of servers.</summary>
    /// <param name="source">The source.</param>
    /// <param name="folder">The folder for the data and logs of local servers; must exist.</param>
    public static IServers Open(ServerSource source, string folder) =>
        source == ServerSource.Local ? new LocalServers(folder) : new ContainerServers();

    /// <summary>Returns the source for a machine.</summary>
    /// <param name="mode">The value of <see cref="Variable"/>.</param>
    /// <param name="installed">Whether the programs of all three servers are installed.</param>
    /// <param name="engineAnswers">Whether a Docker engine responds.</param>
    /// <exception cref="ArgumentException">The variable has a value other than <c>local</c> or <c>docker</c>.</exception>
    public static ServerSource Decide(string? mode, bool installed, bool engineAnswers) => mode?.ToUpperInvariant() switch
    {
        null or "" => engineAnswers && !installed ? ServerSource.Docker : ServerSource.Local,
        "DOCKER" => ServerSource.Docker,
        "LOCAL" => ServerSource.Local,
        _ => throw new ArgumentException(
            $"{Variable} is '{mode}'. Set it to 'local' or 'docker', or unset it to choose automatically.", nameof(mode)),
    };
}
