using System.Net.Sockets;

namespace LastMile.Events.Fabric;

/// <summary>Asks whether a Docker engine is there, without waiting long for one that is not.</summary>
internal static class DockerEngine
{
    private const string DefaultSocket = "/var/run/docker.sock";

    /// <summary>Whether one answers.</summary>
    /// <exception cref="ServerStartException">DOCKER_HOST is no address.</exception>
    public static async Task<bool> AnswersAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        var engine = Address(Environment.GetEnvironmentVariable("DOCKER_HOST"));
        using var http = new HttpClient(new SocketsHttpHandler { ConnectCallback = (_, token) => ConnectAsync(engine, token) })
        {
            Timeout = timeout,
        };
        try
        {
            using var response = await http.GetAsync("http://engine/_ping", cancellationToken);
            return response.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <summary>Where the engine is.</summary>
    /// <param name="configured">The value of DOCKER_HOST; empty or null for the default.</param>
    /// <exception cref="ServerStartException">It is no address.</exception>
    public static Uri Address(string? configured) =>
        Uri.TryCreate(string.IsNullOrEmpty(configured) ? "unix://" + DefaultSocket : configured, UriKind.Absolute, out var address)
            && address is { Scheme: "unix", AbsolutePath.Length: > 1 } or { Scheme: "tcp" or "http" or "https", Host.Length: > 0 }
            ? address
            : throw new ServerStartException("Docker", $"DOCKER_HOST is '{configured}', which is no address of an engine.", [],
                $"Set it to one such as unix://{DefaultSocket} or tcp://127.0.0.1:2375, or install PostgreSQL, Redis and RabbitMQ and set {ServerChoice.Variable}=local.");

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
