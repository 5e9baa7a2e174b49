using LastMile.Events.Fabric;

namespace Invalidator.Tests;

/// <summary>The service as a process of its own: to be killed, frozen and told to end.</summary>
internal sealed class InvalidatorProcess : IAsyncDisposable
{
    private readonly RunFolder folder;

    private InvalidatorProcess(RunFolder folder, Service service) => (this.folder, Process) = (folder, service.Process);

    public IServerProcess Process { get; }

    /// <summary>Starts it on a world, and waits until all its servers answer; settings win over those that lead to the world.</summary>
    public static async Task<InvalidatorProcess> StartAsync(World world, params (string Key, string Value)[] settings)
    {
        var all = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["Postgres:ConnectionString"] = world.Database,
            ["Redis:ConnectionString"] = world.Primary.Endpoint,
            ["RabbitMq:Uri"] = world.Amqp.AbsoluteUri,
        };
        foreach (var (key, value) in settings)
            all[key] = value;
        var logs = RunFolder.Create();
        try
        {
            return new InvalidatorProcess(logs, await Service.StartAsync("invalidator", "LastMile.Events.Invalidator", all, logs.Path));
        }
        catch
        {
            logs.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Process.DisposeAsync();
        folder.Dispose();
    }
}
