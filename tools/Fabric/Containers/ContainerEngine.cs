using Docker.DotNet;
using DotNet.Testcontainers.Configurations;
using DotNet.Testcontainers.Containers;
using DotNet.Testcontainers.Images;
using Microsoft.Extensions.Logging.Abstractions;

namespace LastMile.Events.Fabric;

/// <summary>The Docker engine, accessed through Testcontainers.</summary>
internal static class ContainerEngine
{
    private const string ApiVersionVariable = "DOCKER_API_VERSION";
    private const string ReaperImageVariable = "TESTCONTAINERS_RYUK_CONTAINER_IMAGE";
    private const string ReaperPrivilegedVariable = "TESTCONTAINERS_RYUK_CONTAINER_PRIVILEGED";

    /// <summary>
    /// Configures Testcontainers for the engine, and starts the reaper, which removes the containers of a killed process.
    /// </summary>
    /// <exception cref="ServerStartException">No engine responds, or the engine lacks the reaper's image.</exception>
    public static async Task PrepareAsync(CancellationToken cancellationToken)
    {
        var engine = DockerEngine.Configured();
        if (engine is { Scheme: not "unix", IsLoopback: false })
            throw EngineFailure.Elsewhere(engine);
        var answer = await DockerEngine.PingAsync(engine, cancellationToken);
        // Testcontainers reads the variable once, before its first request.
        if (Unset(ApiVersionVariable) && answer.VersionToUse is { } version)
            Environment.SetEnvironmentVariable(ApiVersionVariable, version);
        if (TestcontainersSettings.OS.DockerEndpointAuthConfig is null)
            throw EngineFailure.Unreachable(engine, "a server responds, but not like a Docker engine");
        if (Unset(ReaperImageVariable))
            TestcontainersSettings.ResourceReaperImage = new DockerImage(ContainerImages.Reaper);
        // The reaper needs only the engine's socket. If that requires a privileged container, the user can set the variable.
        if (Unset(ReaperPrivilegedVariable))
            TestcontainersSettings.ResourceReaperPrivilegedModeEnabled = false;
        if (TestcontainersSettings.ResourceReaperEnabled)
            await StartReaperAsync(cancellationToken);
    }

    /// <summary>Opens a client of the engine.</summary>
    public static IDockerClient Connect() =>
        TestcontainersSettings.OS.DockerEndpointAuthConfig.GetDockerClientBuilder(Guid.NewGuid()).Build();

    /// <summary>Whether the engine has an image.</summary>
    public static async Task<bool> HasImageAsync(string image)
    {
        using var client = Connect();
        try
        {
            await client.Images.InspectImageAsync(image);
            return true;
        }
        catch (DockerImageNotFoundException)
        {
            return false;
        }
    }

    /// <summary>Returns an exception that explains why a container did not start.</summary>
    /// <param name="server">The server in the container.</param>
    /// <param name="image">The container's image.</param>
    /// <param name="failure">The exception of Testcontainers.</param>
    /// <param name="log">The end of the container's log.</param>
    public static async Task<ServerStartException> FailureAsync(string server, string image, Exception failure, IReadOnlyList<string> log)
    {
        var engine = DockerEngine.Configured();
        // If the engine itself no longer responds, report that instead.
        try
        {
            await DockerEngine.PingAsync(engine, CancellationToken.None);
            return await HasImageAsync(image)
                ? EngineFailure.Container(server, image, EngineFailure.Reason(failure) + ".", log, failure)
                : EngineFailure.MissingImage(server, image, failure);
        }
        catch (ServerStartException unreachable)
        {
            return unreachable;
        }
    }

    private static async Task StartReaperAsync(CancellationToken cancellationToken)
    {
        try
        {
            await ResourceReaper.GetAndStartDefaultAsync(
                TestcontainersSettings.OS.DockerEndpointAuthConfig, NullLogger.Instance, isWindowsEngineEnabled: false, cancellationToken);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            throw await FailureAsync("the reaper of containers", TestcontainersSettings.ResourceReaperImage.FullName, failure, []);
        }
    }

    private static bool Unset(string variable) => string.IsNullOrEmpty(Environment.GetEnvironmentVariable(variable));
}
