using LastMile.Events.Tool.Installation;
using StackExchange.Redis;

namespace LastMile.Events.Tool.Doctor.Reading;

/// <summary>Connects to Redis as the services do, but fails at once instead of retrying.</summary>
internal static class RedisLogin
{
    /// <summary>Returns the options of a connection string.</summary>
    public static ConfigurationOptions Options(string connectionString, string? caCertificate)
    {
        var options = ConfigurationOptions.Parse(connectionString);
        options.AbortOnConnectFail = true;
        options.ConnectRetry = 1;
        options.ConnectTimeout = options.AsyncTimeout = (int)(Probe.Timeout - TimeSpan.FromSeconds(1)).TotalMilliseconds;
        options.BacklogPolicy = BacklogPolicy.FailFast;
        options.ClientName = "lastmile-doctor";
        // StackExchange.Redis treats INFO as an admin command.
        options.AllowAdmin = true;
        // The services don't send these either.
        if (ReferenceEquals(options.CommandMap, CommandMap.Default))
            options.CommandMap = CommandMap.Create(["CONFIG", "CLUSTER"], available: false);
        if (caCertificate is { Length: > 0 } file)
            options.CertificateValidation += new TrustedCa(file).Validate;
        return options;
    }

    /// <summary>Connects and logs in.</summary>
    /// <exception cref="RedisException">The server does not answer, or refuses the login.</exception>
    public static async Task<ConnectionMultiplexer> ConnectAsync(ConfigurationOptions options)
    {
        var connection = await ConnectionMultiplexer.ConnectAsync(options);
        try
        {
            // After a refused login, the client continues as the user 'default' if that user needs no password.
            if (options.Password is { } password)
                await Server(connection).ExecuteAsync("AUTH", options.User ?? "default", password);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Returns the primary if several servers are listed, or else the first server.</summary>
    public static IServer Server(ConnectionMultiplexer connection)
    {
        // The client may also have found servers that are not listed, such as the primary of a replica.
        var servers = connection.GetEndPoints(configuredOnly: true).Select(endpoint => connection.GetServer(endpoint)).ToList();
        return servers.FirstOrDefault(server => server is { IsConnected: true, IsReplica: false }) ?? servers[0];
    }

    /// <summary>Reads settings.</summary>
    public static async Task<IReadOnlyDictionary<string, string>> ConfigAsync(ConnectionMultiplexer connection, params string[] names)
    {
        var reply = await Server(connection).ExecuteAsync("CONFIG", ["GET", .. names]);
        return ((string?[])reply!).Chunk(2).ToDictionary(pair => pair[0]!, pair => pair[1] ?? "", StringComparer.Ordinal);
    }
}
