using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace LastMile.Events.Fabric;

/// <summary>HAProxy as a child process, before one server.</summary>
internal sealed class LocalHaProxy
{
    private static readonly TimeSpan StartDeadline = TimeSpan.FromSeconds(20);

    private readonly int adminPort = FreePort.Next();

    private LocalHaProxy(string folder, string name, string program, int target)
    {
        var config = Path.Combine(folder, "haproxy.cfg");
        File.WriteAllText(config, File.ReadAllText(FabricFile.Path("haproxy.cfg"))
            .Replace("$ADMIN", Text(adminPort), StringComparison.Ordinal)
            .Replace("$PORT", Text(Port), StringComparison.Ordinal)
            .Replace("$TARGET", Text(target), StringComparison.Ordinal));
        var command = new ChildCommand(name, program, ["-f", config, "-db"], Path.Combine(folder, "haproxy.log")) { StopSignal = "KILL" };
        Process = new LocalServerProcess(command, gracefulSignal: "TERM", AcceptsAsync, StartDeadline);
    }

    /// <summary>The port that clients connect to.</summary>
    public int Port { get; } = FreePort.Next();

    public IServerProcess Process { get; }

    /// <summary>Prepares a proxy; null if HAProxy is not installed.</summary>
    public static LocalHaProxy? Prepare(string folder, string name, int target) =>
        InstalledServers.HaProxy() is { } program ? new LocalHaProxy(folder, name, program, target) : null;

    /// <summary>Sends new connections to another server, and closes those to the former one.</summary>
    public async Task RedirectAsync(int target)
    {
        await SendAsync($"set server redis/node addr 127.0.0.1 port {Text(target)}");
        await SendAsync("shutdown sessions server redis/node");
    }

    private async Task SendAsync(string command)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync("127.0.0.1", adminPort);
        await using var stream = new NetworkStream(socket);
        await stream.WriteAsync(Encoding.ASCII.GetBytes(command + "\n"));
        using var reader = new StreamReader(stream, Encoding.ASCII);
        // It closes the connection after its answer.
        await reader.ReadToEndAsync();
    }

    private async Task<bool> AcceptsAsync(CancellationToken cancellationToken)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync("127.0.0.1", adminPort, cancellationToken);
        return true;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
