using LastMile.Events.Tool.Installation;
using System.Globalization;
using System.Net;
using StackExchange.Redis;

namespace LastMile.Events.Tool.Setup.Redis;

/// <summary>An administrator's connection to one Redis server.</summary>
internal sealed class RedisAdmin : IAsyncDisposable
{
    private const string KeyCount = "keys=";

    private readonly ConfigurationOptions options;
    private readonly ConnectionMultiplexer connection;
    private readonly IServer server;

    private RedisAdmin(ConfigurationOptions options, ConnectionMultiplexer connection) =>
        (this.options, this.connection, server) = (options, connection, connection.GetServers()[0]);

    /// <summary>The server's address, without secrets.</summary>
    public string Address => Text(server.EndPoint);

    /// <summary>The name of this connection among the server's clients.</summary>
    public string ClientName => options.ClientName!;

    /// <summary>Connects to a server.</summary>
    /// <param name="connectionString">The login, as StackExchange.Redis reads it.</param>
    /// <param name="caCertificate">The PEM file of the private CA that signs the server's certificate, for TLS; null for none.</param>
    /// <exception cref="RefusedException">The connection string is invalid or names several servers, or the CA can't be read.</exception>
    /// <exception cref="SetupException">The server does not answer, or refuses the login.</exception>
    public static async Task<RedisAdmin> ConnectAsync(string connectionString, string? caCertificate)
    {
        ConfigurationOptions login;
        try
        {
            login = ConfigurationOptions.Parse(connectionString);
        }
        catch (ArgumentException invalid)
        {
            throw new RefusedException($"--admin must be host:port,user=…,password=…: {invalid.Message}");
        }

        if (login.EndPoints.Count != 1)
            throw new RefusedException("--admin must name exactly one server: the one to set up.");
        login.ClientName = $"lastmile-setup-{Guid.NewGuid():N}";
        login.AllowAdmin = true;
        login.TieBreaker = "";
        if (login.Ssl && caCertificate is { Length: > 0 } file)
        {
            if (TrustedCa.Problem(file) is { } problem)
                throw new RefusedException($"The CaCertificate {file} in the installation file can't be used: {problem}");
            login.CertificateValidation += new TrustedCa(file).Validate;
        }

        return await ConnectAsync(login);
    }

    /// <summary>Connects to the same server as another user.</summary>
    /// <exception cref="SetupException">The server refuses the login.</exception>
    public Task<RedisAdmin> ConnectAsAsync(string user, string password)
    {
        var other = options.Clone();
        (other.User, other.Password) = (user, password);
        return ConnectAsync(other);
    }

    /// <summary>Connects to each node of the server's cluster, replicas included.</summary>
    /// <exception cref="RefusedException">A node has failed, so it can't be set up.</exception>
    /// <exception cref="SetupException">A node does not answer, or refuses the login.</exception>
    public async Task<IReadOnlyList<RedisAdmin>> ConnectToNodesAsync()
    {
        if (await FailedNode.ListAsync(server) is [var failed, ..])
        {
            throw new RefusedException(
                $"The node {failed.Id} ({failed.Address}) of the cluster at {Address} has failed. Redis does not replicate users, so each "
                    + "node must be reached: repair that node, or remove it with CLUSTER FORGET. Nothing was changed.");
        }

        var connected = new List<RedisAdmin>();
        var nodes = (await server.ClusterNodesAsync())?.Nodes ?? [];
        try
        {
            foreach (var node in nodes.OrderBy(node => node.EndPoint!.ToString(), StringComparer.Ordinal))
                connected.Add(await ConnectToNodeAsync(node.EndPoint!));
        }
        catch
        {
            foreach (var node in connected)
                await node.DisposeAsync();
            throw;
        }

        return connected;
    }

    /// <summary>Sends a command.</summary>
    /// <exception cref="RedisNotPermittedException">The server does not have the command, or does not permit it.</exception>
    /// <exception cref="SetupException">The server answered with an error.</exception>
    public async Task<RedisResult> ExecuteAsync(string command, params object[] arguments)
    {
        var shown = arguments.Length == 0 ? command : $"{command} {arguments[0]}";
        try
        {
            return await server.ExecuteAsync(command, arguments);
        }
        catch (RedisServerException refusal) when (
            refusal.Message.StartsWith("NOPERM", StringComparison.Ordinal)
            || refusal.Message.Contains("unknown command", StringComparison.OrdinalIgnoreCase)
            || refusal.Message.Contains("unknown subcommand", StringComparison.OrdinalIgnoreCase))
        {
            throw new RedisNotPermittedException(shown, refusal);
        }
        catch (RedisException failure)
        {
            throw new SetupException($"Redis at {Address} failed to run {shown}: {failure.Message}", failure);
        }
    }

    /// <summary>Returns the fields of <c>INFO</c>.</summary>
    public async Task<IReadOnlyDictionary<string, string>> InfoAsync()
    {
        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in ((string?)await ExecuteAsync("INFO") ?? "").Split('\n', StringSplitOptions.TrimEntries))
        {
            if (line.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon)
                fields.TryAdd(line[..colon], line[(colon + 1)..]);
        }

        return fields;
    }

    /// <summary>Returns the number of keys in all databases.</summary>
    public static long Keys(IReadOnlyDictionary<string, string> info) =>
        info.Where(field => field.Key.StartsWith("db", StringComparison.Ordinal))
            .Where(field => field.Value.StartsWith(KeyCount, StringComparison.Ordinal))
            .Sum(field => long.Parse(field.Value.Split(',')[0][KeyCount.Length..], CultureInfo.InvariantCulture));

    /// <summary>Returns a setting; null if the server does not know it.</summary>
    public async Task<string?> SettingAsync(string name) =>
        (string?[]?)await ExecuteAsync("CONFIG", "GET", name) is [_, var value] ? value : null;

    /// <summary>Returns the lines of <c>ACL LIST</c>.</summary>
    public async Task<string[]> UsersAsync() => [.. ((string?[]?)await ExecuteAsync("ACL", "LIST") ?? []).OfType<string>()];

    public ValueTask DisposeAsync() => connection.DisposeAsync();

    private Task<RedisAdmin> ConnectToNodeAsync(EndPoint node)
    {
        var own = options.Clone();
        own.EndPoints.Clear();
        own.EndPoints.Add(node);
        // Otherwise the client connects to all other nodes too.
        own.CommandMap = CommandMap.Create(["CLUSTER"], available: false);
        return ConnectAsync(own);
    }

    private static async Task<RedisAdmin> ConnectAsync(ConfigurationOptions options)
    {
        RedisAdmin admin;
        try
        {
            admin = new(options, await ConnectionMultiplexer.ConnectAsync(options));
        }
        catch (RedisConnectionException failure)
        {
            var reason = failure.InnerException?.Message ?? failure.Message;
            throw new SetupException($"Redis at {Text(options.EndPoints[0])} does not answer or refuses the login: {reason}", failure);
        }

        if (options.User is { Length: > 0 } user && await admin.WhoAsync() is { } actual && actual != user)
        {
            await admin.DisposeAsync();
            throw new SetupException($"Redis at {admin.Address} refuses the login of {user}: wrong password, or no such user.");
        }

        return admin;
    }

    // After a refused login, the client continues as the user default, if that one needs no password.
    private async Task<string?> WhoAsync()
    {
        try
        {
            return (string?)await ExecuteAsync("ACL", "WHOAMI");
        }
        catch (RedisNotPermittedException)
        {
            return null;
        }
    }

    private static string Text(EndPoint address) => address is DnsEndPoint name ? $"{name.Host}:{name.Port}" : address.ToString()!;
}

/// <summary>The error of a server that does not have a command, or does not permit it.</summary>
internal sealed class RedisNotPermittedException(string command, Exception inner) : Exception(inner.Message, inner)
{
    /// <summary>The command.</summary>
    public string Command { get; } = command;
}
