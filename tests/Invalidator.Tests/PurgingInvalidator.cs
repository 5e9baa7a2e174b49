using LastMile.Events.Testing;
using Xunit;

namespace Invalidator.Tests;

/// <summary>A world with a ready Invalidator, for the tests of one class.</summary>
public class PurgingInvalidator : IAsyncLifetime
{
    private readonly SharedServers servers;
    private readonly (string Key, string? Value)[] settings;

    public PurgingInvalidator(SharedServers servers)
        : this(servers, [])
    {
    }

    protected PurgingInvalidator(SharedServers servers, params (string Key, string? Value)[] settings) =>
        (this.servers, this.settings) = (servers, settings);

    internal World World { get; private set; } = null!;

    internal RunningInvalidator Invalidator { get; private set; } = null!;

    internal BusProbe Bus { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        World = await World.CreateAsync(servers);
        Bus = await BusProbe.OpenAsync(World.Amqp);
        Invalidator = await RunningInvalidator.StartReadyAsync(World, settings);
    }

    public async ValueTask DisposeAsync()
    {
        await Invalidator.DisposeAsync();
        await Bus.DisposeAsync();
        await World.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}
