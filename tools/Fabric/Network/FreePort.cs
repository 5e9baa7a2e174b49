using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace LastMile.Events.Fabric;

/// <summary>Finds loopback ports for servers that must be told their port before they start.</summary>
public static class FreePort
{
    // Below the range that Linux takes ports of outgoing connections from: nothing can take one while its server starts.
    private const int First = 20_000;
    private const int End = 32_000;
    private const int Attempts = 100;

    // A server takes seconds until it listens: until then its port looks free.
    private static readonly ConcurrentDictionary<int, bool> Given = [];

    /// <summary>A loopback port that nothing listens on, and that it has given nobody in this process; chosen at random so that parallel runs do not meet.</summary>
    public static int Next()
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var port = RandomNumberGenerator.GetInt32(First, End);
            if (IsFree(port) && Given.TryAdd(port, true))
                return port;
        }

        throw new InvalidOperationException($"None of {Attempts} random ports from {First} to {End - 1} is free on 127.0.0.1.");
    }

    private static bool IsFree(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
