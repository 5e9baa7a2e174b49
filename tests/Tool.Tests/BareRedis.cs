using LastMile.Events.Fabric;
using LastMile.Events.Testing;
using StackExchange.Redis;
using Xunit;

namespace Tool.Tests;

/// <summary>A Redis server without users and settings of LastMile.</summary>
internal sealed class BareRedis : IAsyncDisposable
{
    private readonly string folder;
    private readonly string[] directives;
    private ChildProcess? process;

    private BareRedis(string folder, string[] directives) => (this.folder, this.directives) = (folder, directives);

    public int Port { get; } = FreePort.Next();

    public string Address => $"127.0.0.1:{Port}";

    /// <summary>Starts a server with a writable configuration file.</summary>
    /// <param name="directives">Lines of redis.conf.</param>
    public static async Task<BareRedis> StartAsync(params string[] directives)
    {
        Assert.SkipUnless(File.Exists("/usr/bin/redis-server"), "redis-server is not installed.");
        var redis = new BareRedis(Directory.CreateTempSubdirectory("bare-redis-").FullName, directives);
        await File.WriteAllTextAsync(redis.ConfigurationFile, string.Join('\n', redis.AllDirectives()) + "\n");
        await redis.StartAsync();
        return redis;
    }

    /// <summary>Restarts the server with its files.</summary>
    public async Task RestartAsync()
    {
        await process!.DisposeAsync();
        await StartAsync();
    }

    /// <summary>Sends one command as a user; returns the reply, or the server's error.</summary>
    /// <param name="login">The login, such as <c>user=x,password=y</c>; empty for none.</param>
    /// <param name="command">The command and its arguments.</param>
    public async Task<string> SendAsync(string login, params object[] command)
    {
        await using var connection = await ConnectAsync(login);
        try
        {
            var reply = await connection.GetServers()[0].ExecuteAsync((string)command[0], command[1..]);
            return reply.Length < 0 ? reply.ToString() : string.Join('\n', (string?[])reply!);
        }
        catch (RedisServerException error)
        {
            return error.Message;
        }
    }

    /// <summary>Connects as a user.</summary>
    public Task<ConnectionMultiplexer> ConnectAsync(string login = "") =>
        ConnectionMultiplexer.ConnectAsync($"{Address},allowAdmin=true,connectTimeout=2000,{login}");

    public async ValueTask DisposeAsync()
    {
        if (process is not null)
            await process.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    private string ConfigurationFile => Path.Combine(folder, "redis.conf");

    private IEnumerable<string> AllDirectives() =>
        [$"port {Port}", "bind 127.0.0.1", $"dir {folder}", "save \"\"", "repl-diskless-sync-delay 0", .. directives];

    private async Task StartAsync()
    {
        process = await ChildProcess.StartAsync(
            new("redis", "/usr/bin/redis-server", [ConfigurationFile], Path.Combine(folder, "redis.log")) { StopSignal = "TERM" });
        await Eventually.Async(async () =>
        {
            using var client = new System.Net.Sockets.TcpClient();
            try
            {
                await client.ConnectAsync("127.0.0.1", Port);
                return true;
            }
            catch (System.Net.Sockets.SocketException)
            {
                return false;
            }
        });
    }
}
