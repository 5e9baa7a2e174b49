using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Xunit;

namespace Redis.Tests;

/// <summary>Reads the commands that a server executes, including those replicated from its primary (<c>MONITOR</c>).</summary>
internal sealed partial class CommandMonitor(TcpClient client, StreamReader reader) : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    public static async Task<CommandMonitor> OpenAsync(int port)
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port);
        var stream = client.GetStream();
        await stream.WriteAsync("MONITOR\r\n"u8.ToArray());
        var reader = new StreamReader(stream);
        Assert.Equal("+OK", await reader.ReadLineAsync());
        return new CommandMonitor(client, reader);
    }

    /// <summary>Returns the commands up to and including <paramref name="last"/>, each as <c>SET key value</c>.</summary>
    public async Task<List<string>> ReadUntilAsync(string last)
    {
        var commands = new List<string>();
        using var deadline = new CancellationTokenSource(Deadline);
        while (commands is not [.., var newest] || newest != last)
        {
            var line = await reader.ReadLineAsync(deadline.Token) ?? throw new EndOfStreamException(string.Join('\n', commands));
            commands.Add(string.Join(' ', Argument().Matches(line).Select(match => match.Groups["value"].Value)));
        }

        return commands;
    }

    public ValueTask DisposeAsync()
    {
        reader.Dispose();
        client.Dispose();
        return ValueTask.CompletedTask;
    }

    [GeneratedRegex(@"""(?<value>([^""\\]|\\.)*)""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1_000)]
    private static partial Regex Argument();
}
