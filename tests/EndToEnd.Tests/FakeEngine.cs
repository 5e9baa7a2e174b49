using System.Net;
using System.Net.Sockets;
using System.Text;

namespace LastMile.Events.EndToEnd.Tests;

/// <summary>A fake Docker engine with the API version of Debian's, no images and no registry.</summary>
internal sealed class FakeEngine : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly Task serving;

    public FakeEngine()
    {
        listener.Start();
        serving = ServeAsync();
    }

    /// <summary>The value of DOCKER_HOST.</summary>
    public string Host => $"tcp://{listener.LocalEndpoint}";

    public async ValueTask DisposeAsync()
    {
        listener.Stop();
        await serving;
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
                _ = AnswerAsync(await listener.AcceptTcpClientAsync());
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The listener was stopped.
        }
    }

    private static async Task AnswerAsync(TcpClient client)
    {
        using (client)
        {
            await using var stream = client.GetStream();
            using var reader = new StreamReader(stream);
            var request = await reader.ReadLineAsync() ?? "";
            while (await reader.ReadLineAsync() is { Length: > 0 })
            {
            }

            var (status, body) = Answer(request);
            await stream.WriteAsync(Encoding.ASCII.GetBytes(
                $"HTTP/1.1 {status} Text\r\nApi-Version: 1.41\r\nContent-Type: application/json\r\n"
                    + $"Connection: close\r\nContent-Length: {body.Length}\r\n\r\n{body}"));
        }
    }

    private static (int Status, string Body) Answer(string request) => request.Split(' ')[1] switch
    {
        var path when path is "/_ping" or "/v1.41/_ping" => (200, "OK"),
        var path when !path.StartsWith("/v1.41/", StringComparison.Ordinal) =>
            (400, """{"message":"client version 1.44 is too new. Maximum supported API version is 1.41"}"""),
        var path when path.Contains("/images/create", StringComparison.Ordinal) =>
            (500, """{"message":"Get \"https://registry.invalid/v2/\": dial tcp: lookup registry.invalid: no such host"}"""),
        var path when path.Contains("/images/json", StringComparison.Ordinal) => (200, "[]"),
        var path when path.EndsWith("/info", StringComparison.Ordinal) =>
            (200, """{"OSType":"linux","IndexServerAddress":"https://registry.invalid/v1/"}"""),
        var path when path.EndsWith("/version", StringComparison.Ordinal) => (200, """{"ApiVersion":"1.41","Os":"linux"}"""),
        _ => (404, """{"message":"not found"}"""),
    };
}
