using LastMile.Events.Fabric;
using Xunit;

namespace Fabric.Tests;

public sealed class FailedStartTests : IAsyncDisposable
{
    private readonly RunFolder folder = RunFolder.Create();
    private readonly LocalServers servers;

    public FailedStartTests() => servers = new LocalServers(folder.Path);

    [Fact]
    public async Task A_server_that_exits_at_once_is_reported_with_its_log_and_its_command()
    {
        var settings = new RedisSettings("redis-bad", RedisRole.Region)
        {
            Config = new Dictionary<string, string>(StringComparer.Ordinal) { ["maxmemory-policy"] = "no-such-policy" },
        };

        var error = await Assert.ThrowsAsync<ServerStartException>(() => servers.StartRedisAsync(settings));

        Assert.Equal("redis-bad", error.Server);
        Assert.StartsWith("redis-bad did not start: it ended with exit code 1.", error.Message, StringComparison.Ordinal);
        Assert.Contains("no-such-policy", error.Message, StringComparison.Ordinal);
        Assert.Contains("Its command was: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_never_responds_fails_at_its_deadline()
    {
        var command = new ChildCommand("silent", "sleep", ["60"], Path.Combine(folder.Path, "log"));
        await using var process = new LocalServerProcess(
            command, "TERM", token => ServerProbe.RedisAsync(FreePort.Next(), token), TimeSpan.FromSeconds(1));

        var error = await Assert.ThrowsAsync<ServerStartException>(() => process.StartAsync());

        Assert.Contains("it was not ready after 1 s (Connection refused", error.Message, StringComparison.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        await servers.DisposeAsync();
        folder.Dispose();
    }
}
