using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace LastMile.Events.Fabric;

/// <summary>Finds free loopback ports for servers whose port must be known before they start.</summary>
public static class FreePort
{
    // Below Linux's range for outgoing connections, so no connection can occupy a port while its server starts.
    private const int First = 20_000;
    private const int End = 32_000;
    private const int Attempts = 100;

    // A port looks free while its server starts and between a kill and a restart, so remember the ports in use.
    private static readonly ConcurrentDictionary<int, bool> Reserved = [];

    // A file lock on a port's byte reserves the port across processes. The lock ends with the process.
    private static readonly FileStream Locks = new(
        Path.Combine(Path.GetTempPath(), "lastmile-ports-" + Environment.UserName),
        FileMode.OpenOrCreate,
        FileAccess.Write,
        FileShare.ReadWrite);

    /// <summary>Returns a loopback port that nothing listens on and that no running process has reserved here.</summary>
    public static int Next()
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var port = RandomNumberGenerator.GetInt32(First, End);
            if (Reserved.TryAdd(port, true) && IsFree(port) && TryLock(port))
                return port;
        }

        throw new InvalidOperationException($"None of {Attempts} random ports from {First} to {End - 1} is free on 127.0.0.1.");
    }

    // Returns false if another process has reserved the port. macOS does not support these locks.
    private static bool TryLock(int port)
    {
        try
        {
            if (!OperatingSystem.IsMacOS())
                Locks.Lock(port, 1);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
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
