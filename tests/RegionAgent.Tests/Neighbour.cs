using System.Globalization;
using LastMile.Events.Messages;
using LastMile.Events.Redis;
using Xunit;

namespace RegionAgent.Tests;

/// <summary>
/// A second database on the same bus, primary and region. Its Invalidator purges, sends heartbeats and opens epochs throughout the test.
/// Neither lineage may ever be reported at a place that its own database has not reached.
/// </summary>
internal sealed class Neighbour : IAsyncDisposable
{
    private const string Lineage = RegionBus.OtherLineage;
    private const long FirstEpoch = 7_000;
    private const int PurgesPerEpoch = 10;
    private const int PurgesPerPrefix = 7;

    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(100);

    private readonly RegionWorld world;
    private readonly CancellationTokenSource leaving = new();
    private Task purging = Task.CompletedTask;
    private Watermark newest;

    private Neighbour(RegionWorld world) => this.world = world;

    /// <summary>The settings of an agent that serves both databases.</summary>
    public static (string Setting, string Value)[] Settings =>
        [("Region:Lineages:0:Name", RedisKeys.DefaultLineage), ("Region:Lineages:1:Name", Lineage)];

    public static async Task<Neighbour> MoveInAsync(RegionWorld world)
    {
        var neighbour = new Neighbour(world) { newest = await world.OpenEpochAsync(Lineage, FirstEpoch) };
        neighbour.purging = neighbour.PurgeAsync(neighbour.leaving.Token);
        return neighbour;
    }

    /// <summary>Ends the purges, and asserts that no report mixed the two databases up.</summary>
    public async ValueTask DisposeAsync()
    {
        await leaving.CancelAsync();
        await purging;
        leaving.Dispose();
        Assert.All(world.Bus.Reports, IsOfOneDatabase);
        Assert.All(world.Bus.NeighbourReports, IsOfOneDatabase);
    }

    private void IsOfOneDatabase(RegionReported report)
    {
        var isOurs = report.Lineage == Lineage;
        foreach (var place in new[] { report.Shown, report.Applied }.OfType<RegionWatermark>().Where(place => place.Epoch > 0))
        {
            Assert.Equal(isOurs, place.Epoch >= FirstEpoch);
            Assert.True(new Watermark(place.Epoch, place.Sequence) <= (isOurs ? newest : world.Furthest), $"{report}");
        }
    }

    private async Task PurgeAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Period);
        try
        {
            for (var n = 1; ; n++)
            {
                if (n % PurgesPerEpoch == 0)
                    newest = await world.OpenEpochAsync(Lineage, newest.Epoch + 1);
                else
                    await PurgeAsync(n);
                await world.Bus.PublishAsync(
                    new InvalidatorHeartbeat("theirs", newest.Epoch, newest.Sequence, TimeProvider.System.GetUtcNow())
                    {
                        Lineage = Lineage,
                    });
                await timer.WaitForNextTickAsync(cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The test is over.
        }
    }

    // The same tag as the tests', which is another one in each lineage.
    private async Task PurgeAsync(int number)
    {
        var what = number % PurgesPerPrefix == 0
            ? Batches.OfPrefix(1, 1, "orders:")
            : Batches.Of(1, 1, "orders:" + number.ToString(CultureInfo.InvariantCulture)) with { Tags = ["list"] };
        newest = await world.ApplyAsync(Lineage, newest, what);
        var batch = what with { Epoch = newest.Epoch, Sequence = newest.Sequence };
        world.Bus.NeighbourLog.Add(batch);
        await world.Bus.PublishAsync(new PurgesApplied([batch]) { Lineage = Lineage });
    }
}
