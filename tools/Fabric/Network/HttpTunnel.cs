using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace LastMile.Events.Fabric;

/// <summary>The handshake of an HTTP proxy: a client names the target of its connection with <c>CONNECT</c>.</summary>
internal static class HttpTunnel
{
    private const int LongestRequest = 4096;

    /// <summary>Receives a client's request; returns the loopback port that it names.</summary>
    /// <exception cref="SocketException">The client sent something else, or closed its connection.</exception>
    public static async Task<IPEndPoint> ReceiveTargetAsync(Socket caller)
    {
        var request = new StringBuilder();
        var one = new byte[1];
        while (!request.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            // What follows the request belongs to the target.
            if (await caller.ReceiveAsync(one) == 0 || request.Length == LongestRequest)
                throw new SocketException((int)SocketError.ConnectionReset);
            request.Append((char)one[0]);
        }

        var words = request.ToString().Split(' ');
        return words is ["CONNECT", var target, ..]
            && int.TryParse(target.AsSpan(target.LastIndexOf(':') + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port)
                ? new IPEndPoint(IPAddress.Loopback, port)
                : throw new SocketException((int)SocketError.ProtocolNotSupported);
    }

    /// <summary>Reports to a client that its target is connected.</summary>
    public static async Task AcceptAsync(Socket caller) => await caller.SendAsync("HTTP/1.1 200 OK\r\n\r\n"u8.ToArray());
}
