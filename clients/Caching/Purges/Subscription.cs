using StackExchange.Redis;

namespace LastMile.Events.Caching.Purges;

/// <summary>The commands that subscribe a connection to the region's purges, and what the server can do.</summary>
internal static class Subscription
{
    /// <summary>Authenticates, tracks flushes if the server can, and subscribes.</summary>
    /// <param name="connection">A new connection.</param>
    /// <param name="options">The user and the password.</param>
    /// <param name="channel">The purge channel.</param>
    /// <param name="untouched">A prefix that no key has. Tracking it reports nothing but flushes and full resyncs.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>Why the server does not report flushes; null if it does. It contains no secret.</returns>
    /// <exception cref="IOException">The server rejects the user, or the subscription.</exception>
    public static async Task<string?> SubscribeAsync(
        RespConnection connection, ConfigurationOptions options, string channel, string untouched, CancellationToken cancellationToken)
    {
        var lacks = await GreetAsync(connection, options, cancellationToken).ConfigureAwait(false) ?? Error(await CallAsync(
            connection, ["CLIENT", "TRACKING", "ON", "BCAST", "PREFIX", untouched], cancellationToken).ConfigureAwait(false));
        Check(await CallAsync(connection, ["SUBSCRIBE", channel], cancellationToken).ConfigureAwait(false));
        return lacks;
    }

    // RESP3, or the older protocol where the server does not know it.
    private static async Task<string?> GreetAsync(
        RespConnection connection, ConfigurationOptions options, CancellationToken cancellationToken)
    {
        var user = options.User ?? "default";
        string[] authentication = options.Password is { Length: > 0 } password ? ["AUTH", user, password] : [];
        string[] hello = ["HELLO", "3", .. authentication, "SETNAME", "lastmile-cache"];
        var answer = await CallAsync(connection, hello, cancellationToken).ConfigureAwait(false);
        if (Error(answer) is not { } error)
            return null;
        if (!error.StartsWith("NOPROTO", StringComparison.Ordinal) && !error.StartsWith("ERR unknown command", StringComparison.Ordinal))
            throw new IOException(error);

        if (authentication.Length > 0)
        {
            string[] command = options.User is null ? ["AUTH", authentication[2]] : authentication;
            Check(await CallAsync(connection, command, cancellationToken).ConfigureAwait(false));
        }

        // The server's own text may repeat the password.
        return "it does not support RESP3";
    }

    private static async Task<RespValue> CallAsync(RespConnection connection, string[] command, CancellationToken cancellationToken)
    {
        await connection.SendAsync(command, cancellationToken).ConfigureAwait(false);
        return await connection.ReceiveAsync(cancellationToken).ConfigureAwait(false);
    }

    private static void Check(RespValue answer)
    {
        if (Error(answer) is { } error)
            throw new IOException(error);
    }

    private static string? Error(RespValue answer) => answer.IsError ? answer.ToString() : null;
}
