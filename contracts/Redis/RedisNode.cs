using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using StackExchange.Redis;

namespace LastMile.Events.Redis;

/// <summary>A server that holds LastMile's own names: the only one, or a primary node of a cluster. Thread-safe.</summary>
public sealed class RedisNode
{
    private static readonly ConcurrentDictionary<string, byte[]> Hashes = new(StringComparer.Ordinal);

    private readonly IDatabase? database;

    /// <summary>Describes the only server. The client selects the connection.</summary>
    /// <param name="database">A database of the server.</param>
    /// <param name="keys">The names used there.</param>
    public RedisNode(IDatabase database, RedisKeys keys)
    {
        ArgumentNullException.ThrowIfNull(database);
        ArgumentNullException.ThrowIfNull(keys);
        (this.database, Keys, Id) = (database, keys, "");
    }

    /// <summary>
    /// Describes a node of a cluster. Its scripts run on this node or fail: a redirected script would act on another node under the names of
    /// this one.
    /// </summary>
    /// <param name="server">The node.</param>
    /// <param name="keys">The names used there, with the <see cref="RedisKeys.Shard"/> of the node.</param>
    /// <param name="id">Its id in the cluster.</param>
    public RedisNode(IServer server, RedisKeys keys, string id)
    {
        ArgumentNullException.ThrowIfNull(server);
        ArgumentNullException.ThrowIfNull(keys);
        ArgumentException.ThrowIfNullOrEmpty(id);
        (Server, Keys, Id) = (server, keys, id);
    }

    /// <summary>The node of a cluster; null for the only server.</summary>
    public IServer? Server { get; }

    /// <summary>The names used there.</summary>
    public RedisKeys Keys { get; }

    /// <summary>The id in the cluster; empty for the only server.</summary>
    public string Id { get; }

    /// <summary>Whether this is a node of a cluster.</summary>
    public bool IsShard => Server is not null;

    /// <summary>Whether commands can be sent to this node. Always true for the only server, whose commands fail instead.</summary>
    public bool IsConnected => Server?.IsConnected ?? true;

    /// <summary>Publishes on this node of a cluster the names that a purge dropped, to its subscribers only (<c>SPUBLISH</c>).</summary>
    /// <param name="names">The names, as <see cref="PurgeMessage.HashesOf"/> or <see cref="PurgeMessage.AllNames"/>.</param>
    /// <exception cref="RedisException">The node did not answer, or serves its representative slot no more.</exception>
    public Task PublishAsync(RedisValue names)
    {
        byte[] message = [.. "1 - - "u8, .. (byte[])names!];
        return Server!.ExecuteAsync("SPUBLISH", [Keys.PurgeChannel.ToString(), message], CommandFlags.NoRedirect);
    }

    /// <summary>Returns the address, for messages; empty for the only server.</summary>
    public override string ToString() => Server?.EndPoint.ToString() ?? "";

    internal Task<RedisResult> EvaluateAsync(string script, RedisKey[] keys, RedisValue[] arguments) =>
        database is not null ? database.ScriptEvaluateAsync(script, keys, arguments) : EvaluateHereAsync(script, keys, arguments);

    internal async Task<string?> GetAsync(RedisKey key) => database is not null
        ? await database.StringGetAsync(key)
        : (string?)await Server!.ExecuteAsync("GET", [key], CommandFlags.NoRedirect);

    private async Task<RedisResult> EvaluateHereAsync(string script, RedisKey[] keys, RedisValue[] arguments)
    {
        object[] rest = [keys.Length, .. keys.Cast<object>(), .. arguments.Select(argument => argument.Box()!)];
        try
        {
            return await Server!.ExecuteAsync("EVALSHA", [Sha1Of(script), .. rest], CommandFlags.NoRedirect);
        }
        catch (RedisServerException unknown) when (unknown.Message.StartsWith("NOSCRIPT ", StringComparison.Ordinal))
        {
            return await Server!.ExecuteAsync("EVAL", [script, .. rest], CommandFlags.NoRedirect);
        }
    }

#pragma warning disable CA5350 // Redis identifies scripts by their SHA-1, which protects no secret.
    private static string Sha1Of(string script) => Convert.ToHexStringLower(
        Hashes.GetOrAdd(script, static text => SHA1.HashData(Encoding.UTF8.GetBytes(text))));
#pragma warning restore CA5350
}
