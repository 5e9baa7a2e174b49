using LastMile.Events.Redis;

namespace LastMile.Events.RegionAgent.Observed;

/// <summary>What a region lacks on a server that works, and what a server needs that does not.</summary>
internal static class ServerWarning
{
    /// <summary>Returns the disadvantage of a server and the remedy; null for none.</summary>
    /// <param name="server">The server.</param>
    /// <param name="address">The server's address, for the text.</param>
    public static string? Of(ServerFacts server, string address) => server switch
    {
        { IsOld: true } =>
            $"The region's Redis {address} is {server.Product} {server.Version}, older than Redis 7.0. LastMile is not tested with it, and "
                + "can't tell there which replicated commands the server refuses. Upgrade it to Redis 7.0 or Valkey 7.2, or later.",
        { Product: ServerProduct.Garnet } =>
            $"The region's Redis {address} is Garnet, which drops its oldest keys when its memory is full, with or without a TTL, and does "
                + "not report it. A lost tag generation makes entries of an older generation valid again. Give it more memory than the "
                + "entries of a whole lifetime need.",
        _ => MemoryWarning.Of(server.Memory, address),
    };

    /// <summary>Returns whether an error means that the server runs no scripts.</summary>
    /// <param name="error">The server's error.</param>
    public static bool IsWithoutScripts(string error) =>
        error.Contains("unknown command", StringComparison.OrdinalIgnoreCase)
            || error.Contains("Lua scripting support disabled", StringComparison.Ordinal);

    /// <summary>Returns why a server without scripts can't be used, and the remedy.</summary>
    /// <param name="server">The server.</param>
    /// <param name="address">The server's address, for the text.</param>
    public static string WithoutScripts(ServerFacts server, string address) =>
        $"The region's Redis {address} runs no Lua scripts, which each purge needs. "
            + (server.Product == ServerProduct.Garnet
                ? "Start Garnet with --lua --lua-transaction-mode."
                : "Use a server or a plan that permits EVAL and EVALSHA.");
}
