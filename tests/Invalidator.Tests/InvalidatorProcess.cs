using LastMile.Events.Fabric;

namespace Invalidator.Tests;

/// <summary>The service as a process of its own: to be killed, frozen and stopped.</summary>
internal sealed class InvalidatorProcess : IAsyncDisposable
{
    private readonly RunFolder folder;
    private readonly Service service;

    private InvalidatorProcess(RunFolder folder, Service service) => (this.folder, this.service) = (folder, service);

    public IServerProcess Process => service.Process;

    /// <summary>Starts it on a world, and waits until all its servers answer; settings win over those that lead to the world.</summary>
    public static async Task<InvalidatorProcess> StartAsync(World world, params (string Key, string Value)[] settings)
    {
        var logs = RunFolder.Create();
        try
        {
            return new InvalidatorProcess(logs, await Service.StartInvalidatorAsync(
                "invalidator",
                world.Database,
                world.Primary.Endpoint,
                world.Amqp,
                logs.Path,
                settings.Select(setting => KeyValuePair.Create(setting.Key, setting.Value))));
        }
        catch
        {
            logs.Dispose();
            throw;
        }
    }

    /// <summary>The physical memory that it uses, in bytes. On Linux.</summary>
    public long Memory() => ProcessUsage.Of(service).Memory;

    public async ValueTask DisposeAsync()
    {
        await Process.DisposeAsync();
        folder.Dispose();
    }
}
