using StackExchange.Redis;

namespace LastMile.Events.Redis;

/// <summary>A run of a server, from one start to the next, and the server's clock.</summary>
/// <param name="Id">The <c>run_id</c>.</param>
/// <param name="Now">The server's time of day; the start of 1970 if the server does not report it.</param>
public sealed record ServerRun(string Id, DateTimeOffset Now)
{
    /// <summary>Reads the current run (<c>INFO server</c>).</summary>
    /// <param name="server">The server, as for <see cref="ReplicationInfo.ReadAsync"/>.</param>
    /// <exception cref="RedisException">The server did not answer.</exception>
    public static async Task<ServerRun> ReadAsync(IServer server)
    {
        ArgumentNullException.ThrowIfNull(server);
        var fields = new InfoText((string?)await server.ExecuteAsync("INFO", "server") ?? "");
        return new ServerRun(
            fields.Text("run_id"), DateTimeOffset.UnixEpoch.AddMicroseconds(fields.Number("server_time_usec")));
    }
}
