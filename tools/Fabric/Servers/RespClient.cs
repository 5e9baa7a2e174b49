using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace LastMile.Events.Fabric;

/// <summary>Sends commands to a Redis as its administrator, and reads any kind of answer. One command at a time.</summary>
internal sealed class RespClient : IAsyncDisposable
{
    // The bytes of a key or a dump are kept as they are.
    private static readonly Encoding Bytes = Encoding.Latin1;

    private readonly NetworkStream stream;
    private readonly StreamReader reader;

    private RespClient(NetworkStream stream)
    {
        this.stream = stream;
        reader = new StreamReader(stream, Bytes);
    }

    public static async Task<RespClient> ConnectAsync(int port)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync("127.0.0.1", port);
            return new RespClient(new NetworkStream(socket, ownsSocket: true));
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Sends one command on a connection of its own.</summary>
    /// <exception cref="InvalidOperationException">The server answered with an error.</exception>
    public static async Task<object?> SendAsync(int port, params string[] command)
    {
        await using var client = await ConnectAsync(port);
        return await client.SendAsync(command);
    }

    /// <summary>Sends a command.</summary>
    /// <returns>A string, a number as a string, an array, or null.</returns>
    /// <exception cref="InvalidOperationException">The server answered with an error.</exception>
    public async Task<object?> SendAsync(params string[] command)
    {
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"*{command.Length}\r\n");
        foreach (var word in command)
            text.Append(CultureInfo.InvariantCulture, $"${Bytes.GetByteCount(word)}\r\n{word}\r\n");
        await stream.WriteAsync(Bytes.GetBytes(text.ToString()));
        return await ReadAsync(command);
    }

    public ValueTask DisposeAsync()
    {
        reader.Dispose();
        return stream.DisposeAsync();
    }

    private async Task<object?> ReadAsync(string[] command)
    {
        var line = await reader.ReadLineAsync() ?? throw new IOException($"Redis closed the connection before it answered {command[0]}.");
        return line[0] switch
        {
            '-' => throw new InvalidOperationException($"Redis rejected {string.Join(' ', command.Take(4))}: {line[1..]}"),
            '$' => await ReadTextAsync(Number(line)),
            '*' => await ReadItemsAsync(Number(line), command),
            _ => line[1..],
        };
    }

    private async Task<string?> ReadTextAsync(int length)
    {
        if (length < 0)
            return null;
        var text = new char[length + 2];
        await reader.ReadBlockAsync(text);
        return new string(text, 0, length);
    }

    private async Task<object?[]?> ReadItemsAsync(int count, string[] command)
    {
        if (count < 0)
            return null;
        var items = new object?[count];
        for (var item = 0; item < count; item++)
            items[item] = await ReadAsync(command);
        return items;
    }

    private static int Number(string line) => int.Parse(line.AsSpan(1), CultureInfo.InvariantCulture);
}
