using System.Net.Sockets;
using System.Text;
using LastMile.Events.Fabric;

namespace Tool.Tests.Doctor;

/// <summary>Sends commands to a Redis as an operator types them.</summary>
internal static class RedisOperator
{
    /// <summary>Executes a command and returns the answers; fails if the server refuses it.</summary>
    public static async Task<string> ExecuteAsync(RedisServer server, string command)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", server.Port);
        await using var stream = client.GetStream();
        var login = $"AUTH operator {server.Users.Password(RedisUser.Operator)}";
        await stream.WriteAsync(Encoding.UTF8.GetBytes($"{login}\r\n{command}\r\nQUIT\r\n"));
        using var reader = new StreamReader(stream, Encoding.UTF8);
        var answers = await reader.ReadToEndAsync();
        if (answers.Contains("\n-", StringComparison.Ordinal) || answers.StartsWith('-'))
            throw new InvalidOperationException($"{server.Name} refuses {command}: {answers}");
        return answers;
    }
}
