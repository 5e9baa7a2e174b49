using System.Diagnostics;
using LastMile.Events.Bench.Results;
using LastMile.Events.Bench.Running;

namespace LastMile.Events.Bench.Bus;

/// <summary>Measures published changes from RabbitMQ until purged, against a consumer that ignores them.</summary>
internal static class BusSection
{
    private const int Publishers = 64;
    private const int ChangesPerMessage = 500;

    // JIT compilation makes the first turns take twice as long as the fifth.
    private const int WarmUps = 3;

    public static async Task<SectionResult> RunAsync(BenchRun run, CancellationToken cancellationToken)
    {
        var system = await run.SystemAsync(cancellationToken);
        await using var bare = await BareConsumer.StartAsync(system, cancellationToken);
        await using var lastMile = await InvalidatorReceiver.StartAsync(system, cancellationToken);
        var single = ChangeLoad.OneByOne(run.Quick ? 5_000 : 20_000);
        var grouped = ChangeLoad.By(ChangesPerMessage, run.Quick ? 100 : 200);
        Turn[] turns = [new(bare, single), new(lastMile, single), new(lastMile, grouped), new(bare, grouped)];

        run.Report($"published to purged: {WarmUps} warm-up rounds and {run.Rounds.Count} measured rounds of {turns.Length} contenders");
        for (var i = 0; i < WarmUps; i++)
        {
            foreach (var turn in turns)
                await turn.MeasureAsync(cancellationToken);
        }

        var result = await Comparison.MeasureAsync(
            $"published to purged, {Publishers} publishers",
            "entities/s",
            [.. turns.Select(turn => turn.Name)],
            run.Rounds,
            name => turns.Single(turn => turn.Name == name).MeasureAsync(cancellationToken));
        return new SectionResult(
            "bus",
            [result],
            [],
            [
                new("one by one, relative to the bare consumer's messages/s", result.Of(turns[1].Name).Ratio, 0.9, Bound.AtLeast, "×"),
                new(
                    $"entities/s by {ChangesPerMessage}, relative to the bare consumer's single messages/s",
                    result.Of(turns[2].Name).Ratio,
                    20,
                    Bound.AtLeast,
                    "×"),
            ],
            new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["publishers"] = $"{Publishers} concurrent, each waiting for the broker's confirm; the receiver consumes at the same time",
                ["messages"] = $"{single.Messages.Count:N0} with one change, {grouped.Messages.Count:N0} with {ChangesPerMessage}",
                ["bare consumer"] = BareConsumer.Setup,
            });
    }

    private sealed record Turn(IReceiver Receiver, ChangeLoad Load)
    {
        public string Name => $"{Receiver.Name}, {Load.Name}";

        /// <returns>Entities per second, from the first publish until the receiver is done.</returns>
        public async Task<double> MeasureAsync(CancellationToken cancellationToken)
        {
            await Receiver.ExpectAsync(Load);
            var watch = Stopwatch.StartNew();
            await Parallel.ForEachAsync(
                Load.Messages,
                new ParallelOptions { MaxDegreeOfParallelism = Publishers, CancellationToken = cancellationToken },
                async (message, token) => await Receiver.PublishAsync(message, token));
            await Receiver.DoneAsync(cancellationToken);
            return Load.Changes / watch.Elapsed.TotalSeconds;
        }
    }
}
