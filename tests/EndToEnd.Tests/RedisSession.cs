using System.Net.Sockets;
using System.Text;
using LastMile.Events.Fabric;

namespace LastMile.Events.EndToEnd.Tests;

/// <summary>Sends raw commands to Redis, because a client library holds back commands that it considers forbidden.</summary>
internal static class RedisSession
{
    /// <summary>Logs in, executes a command and returns the raw answer, or the answer to the login if that is refused.</summary>
    public static async Task<string> ExecuteAsync(RedisServer server, RedisUser user, string command)
    {
        var answers = await SendAsync(server, $"AUTH {RedisUsers.NameOf(user)} {server.Users.Password(user)}\r\n{command}");
        return answers.StartsWith("+OK\r\n", StringComparison.Ordinal) ? answers["+OK\r\n".Length..] : answers;
    }

    public static Task<string> ExecuteAsAdministratorAsync(RedisServer server, string command) => SendAsync(server, command);

    private static async Task<string> SendAsync(RedisServer server, string commands)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", server.Port);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(commands + "\r\nQUIT\r\n"));
        using var reader = new StreamReader(stream, Encoding.ASCII);
        return await reader.ReadToEndAsync();
    }
}
