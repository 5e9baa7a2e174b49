using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace EntityFrameworkCore.Tests;

/// <summary>A proxy before PostgreSQL that counts Sync messages: a client sends one for each round trip.</summary>
internal sealed class SyncCounter : IDisposable
{
    private const byte Sync = (byte)'S';

    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly NpgsqlConnectionStringBuilder server;
    private int count;

    public SyncCounter(string connectionString)
    {
        server = new NpgsqlConnectionStringBuilder(connectionString);
        listener.Start();
        _ = AcceptAsync();
    }

    /// <summary>Connects through the proxy, without encryption, so that it can read the messages.</summary>
    public string ConnectionString => new NpgsqlConnectionStringBuilder(server.ConnectionString)
    {
        Host = "127.0.0.1",
        Port = ((IPEndPoint)listener.LocalEndpoint).Port,
        SslMode = SslMode.Disable,
        GssEncryptionMode = GssEncryptionMode.Disable,
    }.ConnectionString;

    /// <summary>Returns the number of round trips since the last call.</summary>
    public int Take() => Interlocked.Exchange(ref count, 0);

    public void Dispose() => listener.Dispose();

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = ForwardAsync(await listener.AcceptTcpClientAsync());
        }
        catch (Exception stopped) when (stopped is SocketException or ObjectDisposedException)
        {
            // The test has ended.
        }
    }

    private async Task ForwardAsync(TcpClient accepted)
    {
        using var client = accepted;
        using var upstream = new TcpClient();
        try
        {
            await upstream.ConnectAsync(server.Host!, server.Port);
            client.NoDelay = upstream.NoDelay = true;
            await Task.WhenAny(
                ToServerAsync(client.GetStream(), upstream.GetStream()), upstream.GetStream().CopyToAsync(client.GetStream()));
        }
        catch (Exception ended) when (ended is IOException or SocketException)
        {
            // One side has disconnected; the other sees the end of its stream.
        }
    }

    // The first message has no type; each later one has a type and a length that includes itself.
    private async Task ToServerAsync(NetworkStream from, NetworkStream to)
    {
        var header = new byte[5];
        for (var typed = false; ; typed = true)
        {
            var length = typed ? 5 : 4;
            await from.ReadExactlyAsync(header.AsMemory(0, length));
            var body = new byte[BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(length - 4)) - 4];
            await from.ReadExactlyAsync(body);
            if (typed && header[0] == Sync)
                Interlocked.Increment(ref count);

            await to.WriteAsync((byte[])[.. header[..length], .. body]);
        }
    }
}
