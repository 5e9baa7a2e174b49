using LastMile.Events.Fabric;

namespace Invalidator.Tests;

/// <summary>The service as a process of its own: to be killed, frozen and told to end.</summary>
internal sealed class InvalidatorProcess : IAsyncDisposable
{
    private readonly RunFolder folder;

    private readonly Uri address;

    private InvalidatorProcess(RunFolder folder, Service service) => (this.folder, address, Process) = (folder, service.Address, service.Process);

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

    /// <summary>The physical memory that it uses, in bytes. On Linux.</summary>
    public long Memory()
    {
        foreach (var process in System.Diagnostics.Process.GetProcessesByName("dotnet"))
        {
            using (process)
            {
                if (File.ReadAllText($"/proc/{process.Id}/cmdline").Contains(address.ToString(), StringComparison.Ordinal))
                    return process.WorkingSet64;
            }
        }

        throw new InvalidOperationException($"No process listens on {address}.");
    }

    public async ValueTask DisposeAsync()
    {
        await Process.DisposeAsync();
        folder.Dispose();
    }
}
