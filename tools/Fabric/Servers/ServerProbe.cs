using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Npgsql;

namespace LastMile.Events.Fabric;

/// <summary>Checks whether servers are ready, each in the server's own protocol.</summary>
internal static class ServerProbe
{
    private const byte AmqpMethodFrame = 1;
    private static readonly HttpClient Http = new();

    public static async Task<bool> PostgresAsync(string connectionString, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection(connectionString + ";Pooling=false");
        await connection.OpenAsync(cancellationToken);
        return true;
    }

    public static async Task<bool> RabbitMqAsync(Uri amqp, Uri management, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(management, "api/whoami"));
        request.Headers.Authorization = Credentials(management);
        using var response = await Http.SendAsync(request, cancellationToken);
        if (!response.IsSuccessStatusCode)
            return false;

        // The broker replies to a protocol header with its first method, Connection.Start.
        await using var stream = await ConnectAsync(amqp.Port, cancellationToken);
        await stream.WriteAsync("AMQP\0\0\x09\x01"u8.ToArray(), cancellationToken);
        var frame = new byte[1];
        return await stream.ReadAsync(frame, cancellationToken) == 1 && frame[0] == AmqpMethodFrame;
    }

    public static async Task<bool> RedisAsync(int port, CancellationToken cancellationToken) =>
        await QueryRedisAsync(port, "PING", cancellationToken) is "+PONG";

    /// <summary>Returns whether a replica has completed its first sync and is connected to its primary.</summary>
    public static async Task<bool> RedisInSyncAsync(int port, CancellationToken cancellationToken) =>
        (await QueryRedisAsync(port, "INFO replication", cancellationToken)).Contains("master_link_status:up", StringComparison.Ordinal);

    /// <summary>Returns whether a replica is receiving all of its primary's keys.</summary>
    public static async Task<bool> RedisSyncingAsync(int port, CancellationToken cancellationToken) =>
        (await QueryRedisAsync(port, "INFO replication", cancellationToken))
            .Contains("master_sync_in_progress:1", StringComparison.Ordinal);

    /// <summary>Returns the address that a replica replicates from.</summary>
    public static async Task<(string Host, string Port)> RedisPrimaryAsync(int port)
    {
        var lines = (await QueryRedisAsync(port, "INFO replication", CancellationToken.None)).Split("\r\n");
        return (Value("master_host:"), Value("master_port:"));

        string Value(string name) => lines.Single(line => line.StartsWith(name, StringComparison.Ordinal))[name.Length..];
    }

    /// <summary>Returns the run of a Redis, which changes with each start of its process.</summary>
    public static async Task<string> RedisRunAsync(int port, CancellationToken cancellationToken) =>
        (await QueryRedisAsync(port, "INFO server", cancellationToken)).Split("\r\n")
            .Single(line => line.StartsWith("run_id:", StringComparison.Ordinal));

    /// <summary>Returns the number of keys.</summary>
    public static async Task<int> RedisKeysAsync(int port) =>
        int.Parse((await QueryRedisAsync(port, "DBSIZE", CancellationToken.None)).AsSpan(1), CultureInfo.InvariantCulture);

    /// <summary>Sends a command to a Redis, which must reply with OK; the reply may also say that nothing changed.</summary>
    public static async Task SendToRedisAsync(int port, string command)
    {
        var answer = await QueryRedisAsync(port, command, CancellationToken.None);
        if (!answer.StartsWith("+OK", StringComparison.Ordinal))
            throw new InvalidOperationException($"Redis at port {port} rejected {command}: {answer}");
    }

    /// <summary>Returns true if a LastMile service reports that it is ready; otherwise throws with the service's reasons.</summary>
    public static async Task<bool> HealthAsync(Uri service, CancellationToken cancellationToken)
    {
        using var response = await Http.GetAsync(new Uri(service, "health/ready"), cancellationToken);
        return response.IsSuccessStatusCode
            ? true
            : throw new HttpRequestException(await response.Content.ReadAsStringAsync(cancellationToken));
    }

    public static AuthenticationHeaderValue Credentials(Uri uri) =>
        new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(uri.UserInfo)));

    private static async Task<string> QueryRedisAsync(int port, string command, CancellationToken cancellationToken)
    {
        await using var stream = await ConnectAsync(port, cancellationToken);
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"{command}\r\nQUIT\r\n"), cancellationToken);
        using var reader = new StreamReader(stream, Encoding.ASCII);
        var answer = await reader.ReadToEndAsync(cancellationToken);
        return answer[..answer.LastIndexOf("+OK", StringComparison.Ordinal)].TrimEnd();
    }

    private static async Task<NetworkStream> ConnectAsync(int port, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync("127.0.0.1", port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
