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

    // A server takes seconds until it listens, and one that was killed to be started again does not listen meanwhile: its port looks free.
    private static readonly ConcurrentDictionary<int, bool> Given = [];

    // To other processes a lock on a port's byte says that it is not; it ends with the process.
    private static readonly FileStream Locks = new(
        Path.Combine(Path.GetTempPath(), "lastmile-ports-" + Environment.UserName), FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite);

    /// <summary>A loopback port that nothing listens on, and that it has given nobody, in no process that still runs.</summary>
    public static int Next()
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var port = RandomNumberGenerator.GetInt32(First, End);
            if (Given.TryAdd(port, true) && IsFree(port) && TryLock(port))
                return port;
        }

        throw new InvalidOperationException($"None of {Attempts} random ports from {First} to {End - 1} is free on 127.0.0.1.");
    }

    // False where another process has it. macOS knows no such locks.
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
