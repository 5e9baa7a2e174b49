using LastMile.Events.Fabric;

namespace Invalidator.Tests;

/// <summary>The service in a separate process, which tests can kill, freeze and stop.</summary>
internal sealed class InvalidatorProcess : IAsyncDisposable
{
    private readonly RunFolder folder;
    private readonly Service service;

    private InvalidatorProcess(RunFolder folder, Service service) => (this.folder, this.service) = (folder, service);

    public IServerProcess Process => service.Process;

    /// <summary>Starts the service on a world and waits until all its servers answer. The settings override those of the world.</summary>
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

    /// <summary>Returns the physical memory in use, in bytes. Linux only.</summary>
    public long Memory() => ProcessUsage.Of(service).Memory;

    public async ValueTask DisposeAsync()
    {
        await Process.DisposeAsync();
        folder.Dispose();
    }
}
