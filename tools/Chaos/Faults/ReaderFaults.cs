using LastMile.Events.Fabric;

namespace LastMile.Events.Chaos.Faults;

/// <summary>Faults of the processes that read through a region's cache, and of their connections to its Redis.</summary>
internal static class ReaderFaults
{
    // A round trip of 600 ms. The client gives up after 1 s.
    private static readonly TimeSpan SlowLine = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan Running = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Frozen = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan BetweenKills = TimeSpan.FromMilliseconds(300);

    public static async Task<Func<Task>> KillAsync(Scene scene, string target)
    {
        var processes = ReadersOf(scene, target).Select(reader => reader.Storefront.Process).ToArray();
        await Task.WhenAll(processes.Select(process => process.KillAsync()).ToArray());
        return () => Task.WhenAll(processes.Select(process => process.StartAsync()).ToArray());
    }

    /// <summary>Freezes and resumes each process many times, so that some loads are interrupted before they fill the cache.</summary>
    public static Task<Func<Task>> StutterAsync(Scene scene, string target) =>
        Task.FromResult(Repeat(async stop =>
        {
            var processes = ReadersOf(scene, target).Select(reader => reader.Storefront.Process).ToArray();
            using var timer = new PeriodicTimer(Running);
            while (await timer.WaitForNextTickAsync(stop))
            {
                var process = processes[Random.Shared.Next(processes.Length)];
                await process.PauseAsync();
                // Not cancelled, so that no process stays frozen.
                await Task.Delay(Frozen, CancellationToken.None);
                await process.ResumeAsync();
            }
        }));

    /// <summary>Kills the connections that receive purges again and again.</summary>
    public static Task<Func<Task>> KillFeedsAsync(Scene scene, string target) =>
        Task.FromResult(Repeat(async stop =>
        {
            using var timer = new PeriodicTimer(BetweenKills);
            while (await timer.WaitForNextTickAsync(stop))
            {
                foreach (var node in scene.Region(target).Nodes)
                    await Scene.RetryWhileDownAsync<IOException>(() => Scene.ExecuteAsync(node, "CLIENT", "KILL", "TYPE", "pubsub"));
            }
        }));

    public static Task<Func<Task>> CutAsync(Scene scene, string target) => OnLink(scene, target, link => link.Cut(), link => link.Mend());

    public static Task<Func<Task>> StallAsync(Scene scene, string target) =>
        OnLink(scene, target, link => link.Stall(), link => link.Unstall());

    public static Task<Func<Task>> SlowAsync(Scene scene, string target) =>
        OnLink(scene, target, link => link.Delay = SlowLine, link => link.Delay = TimeSpan.Zero);

    private static Task<Func<Task>> OnLink(Scene scene, string target, Action<WanLink> inject, Action<WanLink> mend)
    {
        var link = scene.Region(target).ReaderLink!;
        inject(link);
        return Task.FromResult<Func<Task>>(() =>
        {
            mend(link);
            return Task.CompletedTask;
        });
    }

    private static Func<Task> Repeat(Func<CancellationToken, Task> actAsync)
    {
        var stop = new CancellationTokenSource();
        var acting = actAsync(stop.Token);
        return async () =>
        {
            await stop.CancelAsync();
            try
            {
                await acting;
            }
            catch (OperationCanceledException)
            {
            }
            finally
            {
                stop.Dispose();
            }
        };
    }

    private static IEnumerable<Reader> ReadersOf(Scene scene, string region) =>
        scene.Readers.Where(reader => reader.Region.Name == region);
}
