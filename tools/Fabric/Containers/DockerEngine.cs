using System.Net.Sockets;

namespace LastMile.Events.Fabric;

/// <summary>Checks whether a Docker engine responds, with a short timeout.</summary>
public static class DockerEngine
{
    /// <summary>The environment variable that names the engine.</summary>
    public const string HostVariable = "DOCKER_HOST";

    private const string DefaultSocket = "/var/run/docker.sock";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>Returns whether an engine responds.</summary>
    /// <param name="cancellationToken">Cancels the check.</param>
    /// <exception cref="ServerStartException">DOCKER_HOST is not an address.</exception>
    public static async Task<bool> AnswersAsync(CancellationToken cancellationToken = default) =>
        (await TryPingAsync(Configured(), cancellationToken)).Answer is not null;

    /// <summary>Checks that an engine responds.</summary>
    /// <param name="cancellationToken">Cancels the check.</param>
    /// <exception cref="ServerStartException">DOCKER_HOST is not an address, or no engine responds there.</exception>
    public static async Task RequireAsync(CancellationToken cancellationToken = default) =>
        await PingAsync(Configured(), cancellationToken);

    /// <summary>Returns the address in DOCKER_HOST, or the default one.</summary>
    /// <exception cref="ServerStartException">DOCKER_HOST is not an address.</exception>
    internal static Uri Configured() => Address(Environment.GetEnvironmentVariable(HostVariable));

    /// <summary>Returns the address of the engine.</summary>
    /// <param name="configured">The value of DOCKER_HOST; empty or null for the default.</param>
    /// <exception cref="ServerStartException">The value is not an address.</exception>
    internal static Uri Address(string? configured) =>
        Uri.TryCreate(string.IsNullOrEmpty(configured) ? "unix://" + DefaultSocket : configured, UriKind.Absolute, out var address)
            && address is { Scheme: "unix", AbsolutePath.Length: > 1 } or { Scheme: "tcp" or "http" or "https", Host.Length: > 0 }
            ? address
            : throw new ServerStartException("Docker", $"{HostVariable} is '{configured}', which is not the address of an engine.", [],
                $"Set it to an address such as unix://{DefaultSocket} or tcp://127.0.0.1:2375, or {EngineFailure.WithoutEngine}");

    /// <summary>Pings an engine; returns its API version.</summary>
    /// <exception cref="ServerStartException">No engine responds at the address.</exception>
    internal static async Task<EngineAnswer> PingAsync(Uri engine, CancellationToken cancellationToken)
    {
        var (answer, problem) = await TryPingAsync(engine, cancellationToken);
        return answer ?? throw EngineFailure.Unreachable(engine, problem!);
    }

    private static async Task<(EngineAnswer? Answer, string? Problem)> TryPingAsync(Uri engine, CancellationToken cancellationToken)
    {
        using var http = new HttpClient(new SocketsHttpHandler { ConnectCallback = (_, token) => ConnectAsync(engine, token) })
        {
            Timeout = Patience,
        };
        try
        {
            using var response = await http.GetAsync("http://engine/_ping", cancellationToken);
            return response.IsSuccessStatusCode
                ? (new EngineAnswer(response.Headers.TryGetValues("Api-Version", out var versions) ? versions.First() : null), null)
                : (null, $"it answered with HTTP status {(int)response.StatusCode}");
        }
        catch (TaskCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return (null, $"no answer within {Patience.TotalSeconds} s");
        }
        catch (HttpRequestException e)
        {
            return (null, e.GetBaseException().Message);
        }
    }

    private static async ValueTask<Stream> ConnectAsync(Uri engine, CancellationToken cancellationToken)
    {
        var isFile = engine.Scheme is "unix";
        var socket = isFile
            ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
            : new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await (isFile
                ? socket.ConnectAsync(new UnixDomainSocketEndPoint(engine.AbsolutePath), cancellationToken)
                : socket.ConnectAsync(engine.Host, engine.Port, cancellationToken));
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
