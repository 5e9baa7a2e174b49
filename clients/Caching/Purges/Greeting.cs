using StackExchange.Redis;

namespace LastMile.Events.Caching.Purges;

/// <summary>What a server answered to its first command.</summary>
/// <param name="IsCluster">Whether it is a node of a cluster.</param>
/// <param name="Lacks">Why it can't push what this process does not ask for; null if it can. It contains no secret.</param>
internal sealed record Greeting(bool IsCluster, string? Lacks)
{
    /// <summary>Authenticates a new connection, in RESP3, or in the older protocol where the server does not know it.</summary>
    /// <exception cref="IOException">The server rejects the user.</exception>
    public static async Task<Greeting> SendAsync(
        RespConnection connection, ConfigurationOptions options, CancellationToken cancellationToken)
    {
        var user = options.User ?? "default";
        string[] authentication = options.Password is { Length: > 0 } password ? ["AUTH", user, password] : [];
        string[] hello = ["HELLO", "3", .. authentication, "SETNAME", "lastmile-cache"];
        var answer = await connection.CallAsync(hello, cancellationToken).ConfigureAwait(false);
        if (!answer.IsError)
            return new Greeting(ModeOf(answer) == "cluster", null);
        var error = answer.ToString();
        if (!error.StartsWith("NOPROTO", StringComparison.Ordinal) && !error.StartsWith("ERR unknown command", StringComparison.Ordinal))
            throw new IOException(error);

        if (authentication.Length > 0)
        {
            string[] command = options.User is null ? ["AUTH", authentication[2]] : authentication;
            (await connection.CallAsync(command, cancellationToken).ConfigureAwait(false)).Check();
        }

        var facts = (await connection.CallAsync(["INFO", "server"], cancellationToken).ConfigureAwait(false)).ToString();
        // The server's own text may repeat the password.
        return new Greeting(facts.Contains("redis_mode:cluster", StringComparison.Ordinal), "it does not support RESP3");
    }

    // A map: each name is followed by its value.
    private static string? ModeOf(RespValue answer)
    {
        for (var index = 0; index + 1 < answer.Items.Count; index += 2)
        {
            if (answer.Items[index].ToString() == "mode")
                return answer.Items[index + 1].ToString();
        }

        return null;
    }
}
