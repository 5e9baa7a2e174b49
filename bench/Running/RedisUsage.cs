using System.Globalization;
using StackExchange.Redis;

namespace LastMile.Events.Bench.Running;

/// <summary>The resource usage of a Redis server so far, from <c>INFO</c>.</summary>
/// <param name="Cpu">Its CPU time since it started.</param>
/// <param name="Memory">Allocated bytes.</param>
/// <param name="StreamBytes">Length of the replication stream: written by a primary, received by a replica.</param>
/// <param name="Commands">Commands processed, including those of the replication stream and of the replicas.</param>
internal sealed record RedisUsage(TimeSpan Cpu, long Memory, long StreamBytes, long Commands)
{
    /// <summary>Queries a server. The next call counts this call's INFO command.</summary>
    /// <param name="server">The server, from a connection with <c>allowAdmin=true</c>.</param>
    public static async Task<RedisUsage> OfAsync(IServer server) => Parse((string?)await server.ExecuteAsync("INFO") ?? "");

    /// <summary>Parses the reply to <c>INFO</c>.</summary>
    public static RedisUsage Parse(string info)
    {
        var fields = info.Split('\n', StringSplitOptions.TrimEntries)
            .Select(line => line.Split(':', 2))
            .Where(pair => pair.Length == 2)
            .ToDictionary(pair => pair[0], pair => pair[1], StringComparer.Ordinal);
        return new RedisUsage(
            TimeSpan.FromSeconds(Seconds("used_cpu_user") + Seconds("used_cpu_sys")),
            Number("used_memory"),
            Number("master_repl_offset"),
            Number("total_commands_processed"));

        double Seconds(string name) => double.Parse(fields[name], CultureInfo.InvariantCulture);

        long Number(string name) => long.Parse(fields[name], CultureInfo.InvariantCulture);
    }
}
