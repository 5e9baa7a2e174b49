using System.Net;
using LastMile.Events.Redis;
using LastMile.Events.Tool.Doctor.Facts;
using LastMile.Events.Tool.Installation;
using StackExchange.Redis;

namespace LastMile.Events.Tool.Doctor.Reading;

/// <summary>Reads the state of a Redis server as a service's user. Changes nothing.</summary>
/// <param name="settings">The server.</param>
/// <param name="needed">
/// The commands that the service runs, given the beginning of its lineage's names; the words of each are separated by line feeds.
/// </param>
/// <param name="operatorPassword">The password of the user <c>operator</c>; null if it is unknown.</param>
/// <param name="time">The clock.</param>
/// <param name="lineage">The lineage of the database.</param>
internal sealed class RedisReader(
    RedisSettings settings, Func<string, IEnumerable<string>> needed, string? operatorPassword, TimeProvider time, string lineage)
{
    // The largest database whose keys are scanned to count those of LastMile.
    private const long ScannedKeys = 20_000;

    private RedisKeys keys = new(settings.KeyPrefix ?? RedisKeys.DefaultPrefix, lineage);

    /// <summary>The hash tag of a cluster's node, whose own names carry it; null for a single server, or a node without slots.</summary>
    public string? Shard
    {
        get => keys.Shard;
        init => keys = new RedisKeys(keys.Prefix, keys.Lineage, value);
    }

    /// <summary>Whether the server is that of a read-only region, whose marker for readers names the run of the server.</summary>
    public bool IsReadOnlyRegion { get; init; }

    /// <summary>Reads all facts.</summary>
    public async Task<RedisFacts> ReadAsync(CancellationToken cancellationToken)
    {
        var options = RedisLogin.Options(settings.ConnectionString, settings.CaCertificate);
        var connection = await Probe.ReadAsync(_ => RedisLogin.ConnectAsync(options), cancellationToken);
        await using var owned = connection.Missing is null ? connection.Value : null;
        var info = await OnServerAsync(connection, InfoAsync, cancellationToken);
        return new RedisFacts
        {
            Address = string.Join(',', options.EndPoints.Select(endpoint => EndpointName.Of(endpoint, options.Ssl))),
            User = options.User ?? "default",
            KeyPrefix = keys.Prefix,
            Login = connection.Missing is { } reason ? Fact<bool>.Unknown(reason) : Fact<bool>.Known(true),
            Info = info,
            RefusedCommands = await OnServerAsync(connection, RefusedAsync, cancellationToken),
            Watermark = await OnOnlyServerAsync(connection, info, WatermarkAsync, cancellationToken),
            Database = await OnOnlyServerAsync(connection, info, DatabaseAsync, cancellationToken),
            IsSound = await OnOnlyServerAsync(connection, info, IsSoundAsync, cancellationToken),
            KeysWithoutTtl = await OnOnlyServerAsync(connection, info, c => KeysWithoutTtlAsync(c, info), cancellationToken),
            Open = await Probe.ReadAsync(_ => OpenAsync(), cancellationToken),
            Config = await ConfigAsync(cancellationToken),
        };
    }

    /// <summary>Returns the number of purges that the server still lacks after a timeout.</summary>
    public async Task<long> BehindAsync(Watermark expected, TimeSpan timeout, CancellationToken cancellationToken)
    {
        await using var connection = await RedisLogin.ConnectAsync(
            RedisLogin.Options(settings.ConnectionString, settings.CaCertificate));
        var begin = time.GetTimestamp();
        while (true)
        {
            var behind = expected.BatchesSince(await WatermarkAsync(connection));
            if (behind == 0 || time.GetElapsedTime(begin) >= timeout)
                return behind;
            await Task.Delay(TimeSpan.FromMilliseconds(50), time, cancellationToken);
        }
    }

    private static async Task<Fact<T>> OnServerAsync<T>(
        Fact<ConnectionMultiplexer> connection, Func<ConnectionMultiplexer, Task<T>> read, CancellationToken cancellationToken) =>
        connection.Missing is null
            ? await Probe.ReadAsync(_ => read(connection.Value), cancellationToken)
            : Fact<T>.Unknown("Redis was not reached.");

    // Each node of a cluster has names of its own.
    private async Task<Fact<T>> OnOnlyServerAsync<T>(
        Fact<ConnectionMultiplexer> connection,
        Fact<RedisInfo> info,
        Func<ConnectionMultiplexer, Task<T>> read,
        CancellationToken cancellationToken) => info is { Missing: null, Value.IsCluster: true } && Shard is null
            ? Fact<T>.Unknown("The server is a node of a cluster, and each node that serves slots has names of its own.")
            : await OnServerAsync(connection, read, cancellationToken);

    private async Task<RedisInfo> InfoAsync(ConnectionMultiplexer connection)
    {
        var before = time.GetUtcNow();
        var reply = (string?)await RedisLogin.Server(connection).ExecuteAsync("INFO") ?? "";
        var info = RedisInfo.Parse(reply, TimeSpan.Zero);
        var clock = DateTimeOffset.UnixEpoch.AddMicroseconds(info.Number("server_time_usec"));
        return info with { ClockOffset = Clock.Offset(clock, before, time.GetUtcNow()) };
    }

    private async Task<IReadOnlyList<string>> RefusedAsync(ConnectionMultiplexer connection)
    {
        var reply = await RedisLogin.Server(connection).ExecuteAsync(
            "EVAL", [EmbeddedFile.Read("doctor/rights.lua"), 0, .. needed($"{keys.Prefix}{lineage}:")]);
        return [.. ((string?[])reply!).Select(command => command!.Replace('\n', ' '))];
    }

    private async Task<Watermark> WatermarkAsync(ConnectionMultiplexer connection) =>
        Watermark.TryParse(await connection.GetDatabase().StringGetAsync(keys.Watermark), out var watermark) ? watermark : default;

    private async Task<string?> DatabaseAsync(ConnectionMultiplexer connection) =>
        await connection.GetDatabase().StringGetAsync(keys.Database);

    private async Task<bool> IsSoundAsync(ConnectionMultiplexer connection)
    {
        var run = RedisInfo.Parse((string?)await RedisLogin.Server(connection).ExecuteAsync("INFO", "server") ?? "", TimeSpan.Zero);
        var id = run.Text("run_id");
        return IsReadOnlyRegion
            ? await connection.GetDatabase().KeyExistsAsync(keys.SoundIn(id))
            : await connection.GetDatabase().StringGetAsync(keys.Sound) == id;
    }

    private async Task<long> KeysWithoutTtlAsync(ConnectionMultiplexer connection, Fact<RedisInfo> info)
    {
        var counts = info.Value.Text("db0").Split(',').Select(pair => pair.Split('=')).Where(pair => pair.Length == 2)
            .ToDictionary(pair => pair[0], pair => long.Parse(pair[1]), StringComparer.Ordinal);
        var lasting = counts.GetValueOrDefault("keys") - counts.GetValueOrDefault("expires");
        if (lasting == 0)
            return 0;
        if (counts["keys"] > ScannedKeys)
            throw new InvalidOperationException($"The server holds more than {ScannedKeys:N0} keys, so they were not scanned.");
        var own = 0;
        await foreach (var key in RedisLogin.Server(connection).KeysAsync(pageSize: 1_000, pattern: "*"))
        {
            if (keys.IsReserved(key!) && !key.ToString().StartsWith(keys.Sound.ToString(), StringComparison.Ordinal))
                own++;
        }

        return lasting - own;
    }

    private async Task<OpenAccess> OpenAsync()
    {
        var options = RedisLogin.Options(settings.ConnectionString, settings.CaCertificate);
        (options.User, options.Password, options.CommandMap) = (null, null, CommandMap.Default);
        try
        {
            await using var connection = await RedisLogin.ConnectAsync(options);
            await connection.GetDatabase().PingAsync();
            return await IsOwnMachineOnlyAsync(connection) ? OpenAccess.OwnMachine : OpenAccess.Everyone;
        }
        catch (RedisException)
        {
            return OpenAccess.Closed;
        }
    }

    private static async Task<bool> IsOwnMachineOnlyAsync(ConnectionMultiplexer connection)
    {
        try
        {
            var config = await RedisLogin.ConfigAsync(connection, "bind");
            return config["bind"].Split(' ', StringSplitOptions.RemoveEmptyEntries) is { Length: > 0 } addresses
                && addresses.All(address => IPAddress.TryParse(address.TrimStart('-'), out var ip) && IPAddress.IsLoopback(ip));
        }
        catch (RedisServerException)
        {
            // Without a password, the client may not read the setting.
            return false;
        }
    }

    private async Task<Fact<IReadOnlyDictionary<string, string>>> ConfigAsync(CancellationToken cancellationToken)
    {
        if (operatorPassword is null)
            return Fact<IReadOnlyDictionary<string, string>>.Unknown("Needs the operator's login (RedisPasswords:Operator).");

        return await Probe.ReadAsync(
            async _ =>
            {
                var options = RedisLogin.Options(settings.ConnectionString, settings.CaCertificate);
                (options.User, options.Password, options.CommandMap) = ("operator", operatorPassword, CommandMap.Default);
                await using var connection = await RedisLogin.ConnectAsync(options);
                return await RedisLogin.ConfigAsync(connection, "save", "appendonly", "replica-ignore-maxmemory");
            },
            cancellationToken);
    }
}
