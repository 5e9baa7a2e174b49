using LastMile.Events.Messages;

namespace Invalidator.Tests;

/// <summary>Simulates a region's agent that only reports, five times a second, until it is disposed.</summary>
internal sealed class Reports : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    private readonly CancellationTokenSource stop = new();
    private readonly BusProbe bus;
    private readonly Task reporting;

    private Reports(BusProbe bus, string region)
    {
        this.bus = bus;
        reporting = ReportAsync(region);
    }

    public static async Task<Reports> BeginAsync(Uri amqp, string region) => new(await BusProbe.OpenAsync(amqp), region);

    public static RegionReported Of(string region) =>
        new(region, "agent-1", "Replicated", "Converged", new(3, 17), new(3, 16), DateTimeOffset.UnixEpoch);

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await reporting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await bus.DisposeAsync();
        stop.Dispose();
    }

    private async Task ReportAsync(string region)
    {
        using var timer = new PeriodicTimer(Interval);
        do
        {
            await bus.PublishAsync(Of(region));
        }
        while (await timer.WaitForNextTickAsync(stop.Token));
    }
}
