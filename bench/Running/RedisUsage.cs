using System.Globalization;
using StackExchange.Redis;

namespace LastMile.Events.Bench.Running;

/// <summary>What a Redis server has used and done so far (<c>INFO</c>).</summary>
/// <param name="Cpu">Its time on the processors since it started.</param>
/// <param name="Memory">Bytes that it has allocated.</param>
/// <param name="StreamBytes">Length of the replication stream: written by a primary, received by a replica.</param>
/// <param name="Commands">Commands processed, those of the replication stream and of the replicas included.</param>
internal sealed record RedisUsage(TimeSpan Cpu, long Memory, long StreamBytes, long Commands)
{
    /// <summary>Asks a server. The question is a command too, counted by the next.</summary>
    /// <param name="server">The server, of a connection with <c>allowAdmin=true</c>.</param>
    public static async Task<RedisUsage> OfAsync(IServer server) => Parse((string?)await server.ExecuteAsync("INFO") ?? "");

    /// <summary>Reads the answer of <c>INFO</c>.</summary>
    public static RedisUsage Parse(string info)
    {
        var fields = info.Split('\n', StringSplitOptions.TrimEntries)
            .Select(line => line.Split(':', 2))
            .Where(pair => pair.Length == 2)
            .ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);
        return new RedisUsage(
            TimeSpan.FromSeconds(double.Parse(fields["used_cpu_user"], CultureInfo.InvariantCulture) + double.Parse(fields["used_cpu_sys"], CultureInfo.InvariantCulture)),
            Number("used_memory"),
            Number("master_repl_offset"),
            Number("total_commands_processed"));

        long Number(string name) => long.Parse(fields[name], CultureInfo.InvariantCulture);
    }
}
