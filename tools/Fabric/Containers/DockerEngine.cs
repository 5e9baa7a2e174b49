using System.Net.Sockets;

namespace LastMile.Events.Fabric;

/// <summary>Asks whether a Docker engine is there, without waiting long for one that is not.</summary>
internal static class DockerEngine
{
    private const string DefaultSocket = "/var/run/docker.sock";

    public static async Task<bool> AnswersAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        var configured = Environment.GetEnvironmentVariable("DOCKER_HOST");
        var engine = new Uri(string.IsNullOrEmpty(configured) ? "unix://" + DefaultSocket : configured);
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
